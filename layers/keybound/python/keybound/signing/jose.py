"""JWS in its two forms here: HS256 for authorization requests, RS256 and ES256 for tokens.

Compact serialisation only (RFC 7515 §7.1). Verification pins the algorithm to the key and
refuses `crit`, foreign `typ` and anything that is not exactly three canonical segments.
"""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from keybound.domain.encoding import b64url, from_b64url

MAX_JWS_CHARACTERS = 16_384


class MalformedJws(ValueError):
    """The text is no acceptable compact JWS."""


def signing_input(header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """Return `BASE64URL(header) . BASE64URL(payload)`, the octets that are signed (§5.1)."""
    return f"{_segment(header)}.{_segment(payload)}"


def with_signature(signed: str, signature: bytes) -> str:
    """Return the compact serialisation."""
    return f"{signed}.{b64url(signature)}"


def split(text: str) -> tuple[dict[str, Any], dict[str, Any], str, bytes]:
    """Return header, payload, signing input and signature. Raises MalformedJws.

    Nothing of what is returned may be believed before the signature was verified.
    """
    if len(text) > MAX_JWS_CHARACTERS or text.count(".") != 2:
        raise MalformedJws("not a compact JWS")
    head, body, tail = text.split(".")
    try:
        header, payload, signature = _members(head), _members(body), from_b64url(tail)
    except (ValueError, RecursionError) as error:
        raise MalformedJws("undecodable segment") from error
    if "crit" in header:
        raise MalformedJws("critical extensions are not understood")
    return header, payload, f"{head}.{body}", signature


def ecdsa_der_to_jose(signature: bytes, size: int = 32) -> bytes:
    """DER ECDSA-Sig-Value → R ‖ S of fixed width (RFC 7518 §3.4)."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _segment(members: Mapping[str, Any]) -> str:
    return b64url(json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode())


def _members(segment: str) -> dict[str, Any]:
    value = json.loads(from_b64url(segment).decode("utf-8"), object_pairs_hook=_unique)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("repeated member name")
    return members
