"""Origins that a relying party may expect, in the one spelling that clients report them.

A client writes the ASCII serialisation of its origin into clientDataJSON: lower case, punycode,
no default port, no path (WHATWG HTML, "origin"; WebAuthn L3 §5.8.1, §13.4.9). Verification compares
strings exactly, so an origin in any other spelling would never match and is refused when it is set.
"""

import ipaddress
import re
from dataclasses import dataclass

from keybound.domain.encoding import from_b64url

ANDROID_PREFIX = "android:apk-key-hash:"
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
DEFAULT_PORTS = {"https": 443, "http": 80}

_WEB_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")


class InvalidOrigin(ValueError):
    """The text is no origin that a ceremony can run on; the message is safe to show."""


@dataclass(frozen=True)
class WebOrigin:
    """A tuple origin. host: lower case, IPv6 in brackets. port: None when it is the default."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


@dataclass(frozen=True)
class AndroidOrigin:
    """An Android app, by the SHA-256 of its signing certificate (32 bytes)."""

    certificate_digest: bytes


def parse_expected_origin(text: str) -> WebOrigin | AndroidOrigin:
    """Read one expected origin that is already in normal form.

    Raises InvalidOrigin for anything else: another scheme, http outside loopback, user information,
    path, trailing slash, query, default or leading-zero port, upper case, a host that is not ASCII.
    """
    if text.startswith(ANDROID_PREFIX):
        return _android_origin(text.removeprefix(ANDROID_PREFIX))
    match = _WEB_ORIGIN.match(text)
    if match is None:
        raise InvalidOrigin("must be scheme://host[:port], in lower case, without a path")
    scheme, host, port_text = match.groups()
    if not _is_host(host):
        raise InvalidOrigin("the host is not a valid host name in normal form")
    if scheme == "http" and host not in LOOPBACK_HOSTS:
        raise InvalidOrigin("must use https, except on localhost")
    return WebOrigin(scheme, host, _port(scheme, port_text))


def is_relying_party_id(text: str) -> bool:
    """Tell whether `text` can be an RP ID: a valid domain, no IP address (WebAuthn L3 §5.1.3)."""
    return _is_domain(text)


def is_registrable_suffix_or_equal(host: str, rp_id: str) -> bool:
    """Tell whether `rp_id` is `host` or a parent of it, label by label.

    Only the string rule (WHATWG HTML): whether `rp_id` is a public suffix is judged elsewhere.
    """
    if not (_is_domain(host) and _is_domain(rp_id)):
        return False
    return host == rp_id or host.endswith(f".{rp_id}")


def _android_origin(digest: str) -> AndroidOrigin:
    try:
        decoded = from_b64url(digest)
    except ValueError:
        decoded = b""
    if len(decoded) != 32:
        raise InvalidOrigin("the key hash must be the base64url SHA-256 of a certificate")
    return AndroidOrigin(decoded)


def _port(scheme: str, text: str | None) -> int | None:
    if text is None:
        return None
    port = int(text)
    if port > 65535 or port == DEFAULT_PORTS[scheme]:
        raise InvalidOrigin("the port is the default one, which is left out, or no port at all")
    return port


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_normal_address(host[1:-1], version=6)
    return _is_domain(host) or _is_normal_address(host, version=4)


def _is_domain(host: str) -> bool:
    """Lower-case letters, digits and hyphens in labels; not what a URL parser reads as IPv4."""
    labels = host.split(".")
    if len(host) > 253 or _NUMBER.match(labels[-1]):
        return False
    return all(_LABEL.match(label) and _is_plain_or_punycode(label) for label in labels)


def _is_plain_or_punycode(label: str) -> bool:
    if not label.startswith("xn--"):
        return True
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return not decoded.isascii() and decoded == decoded.lower()


def _is_normal_address(text: str, *, version: int) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == version and str(address) == text
