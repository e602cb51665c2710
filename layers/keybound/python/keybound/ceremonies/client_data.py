"""The client data that the browser collected: WebAuthn L3 §5.8.1, §7.1 steps 5–11, §7.2 8–14."""

import hmac
import json
from typing import Any, NoReturn

from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.relying_party import RelyingParty
from keybound.ceremonies.untrusted import refused_as
from keybound.domain.encoding import b64url

CREATE = "webauthn.create"
GET = "webauthn.get"
FORM = "client_data_json"


def check_client_data(
    client_data_json: bytes,
    *,
    ceremony: str,
    expected_challenge: bytes,
    relying_party: RelyingParty,
) -> None:
    """Check type, challenge, origin and framing of clientDataJSON. Raises CeremonyRefused."""
    client_data = _read(client_data_json)
    if client_data.get("type") != ceremony:
        raise CeremonyRefused("client_data_type", detail=f"not {ceremony}")
    _check_challenge(client_data.get("challenge"), expected_challenge)
    origin = client_data.get("origin")
    if not isinstance(origin, str) or origin not in relying_party.expected_origins:
        raise CeremonyRefused("origin", detail="not an expected origin")
    _check_framing(client_data)


def _read(client_data_json: bytes) -> dict[str, Any]:
    """Decode as the specification says (UTF-8, a byte order mark dropped), but strictly.

    A name that stands twice is refused: two readers of one document could see different values.
    """
    with refused_as(FORM):
        text = client_data_json.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise CeremonyRefused(FORM, detail="not an object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise CeremonyRefused(FORM, detail="a name stands twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise CeremonyRefused(FORM, detail="not JSON")


def _check_challenge(value: object, expected_challenge: bytes) -> None:
    if not isinstance(value, str):
        raise CeremonyRefused("challenge", detail="missing or not text")
    expected = b64url(expected_challenge).encode("ascii")
    if not hmac.compare_digest(value.encode("utf-8", "surrogatepass"), expected):
        raise CeremonyRefused("challenge", detail="not the one that was issued")


def _check_framing(client_data: dict[str, Any]) -> None:
    """Refuse ceremonies that ran in a frame of another origin: none of ours does (§13.4.2)."""
    if client_data.get("crossOrigin", False) is not False:
        raise CeremonyRefused("cross_origin", detail="the ceremony ran in a cross-origin frame")
    if "topOrigin" in client_data:
        raise CeremonyRefused("top_origin", detail="the ceremony ran below another top origin")
