"""RP IDs: which host passkeys belong to, and whether it may be claimed.

An RP ID is the host, or a parent domain that is no public suffix, of every web origin that may run
ceremonies. Sources: WebAuthn L3 §5.1.3 and §5.8.1 step 8; the public suffix list.
"""

from collections.abc import Iterable
from functools import cache

from keybound.ceremonies.origins import (
    InvalidOrigin,
    WebOrigin,
    is_registrable_suffix_or_equal,
    is_relying_party_id,
    parse_expected_origin,
)

LOCALHOST = "localhost"


def derived_relying_party_id(expected_origins: Iterable[str]) -> str:
    """Return the host of the first web origin if it fits them all, else their longest common
    suffix that is no public suffix; an empty string when there is none."""
    hosts = web_hosts(expected_origins)
    if not hosts:
        return ""
    labels = hosts[0].split(".")
    for start in range(len(labels)):
        candidate = ".".join(labels[start:])
        if not refusal(candidate, hosts):
            return candidate
    return ""


def refusal(rp_id: str, hosts: Iterable[str]) -> str:
    """Return why `rp_id` may not serve origins on `hosts`, or an empty string."""
    if not is_relying_party_id(rp_id):
        return "must be a host name in lower case, without scheme and port"
    if is_public_suffix(rp_id):
        return "must not be a public suffix"
    if not all(_fits(host, rp_id) for host in hosts):
        return "must be the host, or a parent domain, of every expected origin"
    return ""


def web_hosts(origins: Iterable[str]) -> list[str]:
    """Return the hosts of the web origins among `origins`; malformed ones are passed over."""
    found = []
    for text in origins:
        try:
            origin = parse_expected_origin(text)
        except InvalidOrigin:
            continue
        if isinstance(origin, WebOrigin):
            found.append(origin.host)
    return found


def is_public_suffix(host: str) -> bool:
    """Whether anybody may register below `host`; localhost is a machine, not a registry."""
    return host != LOCALHOST and bool(_public_suffixes().is_public(host))


def registrable_label(host: str) -> str:
    """Return the first label of the registrable domain of `host`, or an empty string for hosts
    without one: public suffixes, addresses, localhost (WebAuthn L3 §5.11.1)."""
    if not is_relying_party_id(host) or host == LOCALHOST:
        return ""
    registrable = _public_suffixes().privatesuffix(host)
    return str(registrable).partition(".")[0] if registrable else ""


def _fits(host: str, rp_id: str) -> bool:
    if rp_id == LOCALHOST:
        return host == LOCALHOST  # browsers take localhost as RP ID on itself only
    return is_registrable_suffix_or_equal(host, rp_id)


@cache
def _public_suffixes():  # type: ignore[no-untyped-def]
    """The list takes 40 ms to load: only rooms that judge RP IDs pay for it."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
