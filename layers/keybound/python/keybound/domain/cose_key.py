"""Public keys of passkeys: from COSE_Key to JSON Web Key.

Reads the small part of CBOR that a COSE_Key may hold (RFC 9052 §7, CTAP2 canonical form): one map
of small integers to integers and byte strings. The bytes come from our own table, where only
verified keys are stored; damage raises ValueError.
"""

import hashlib
import json
from collections.abc import Mapping

from keybound.domain.encoding import b64url

_KTY, _CRV_OR_N, _X_OR_E, _Y = 1, -1, -2, -3
_OKP, _EC2, _RSA = 1, 2, 3
_EC_CURVES = {1: "P-256", 2: "P-384", 3: "P-521"}
_OKP_CURVES = {6: "Ed25519", 7: "Ed448"}
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}

Value = int | bytes | str


def public_jwk(cose_key: bytes) -> dict[str, str]:
    """Return the required public members of an EC2, RSA or OKP key (RFC 7518 §6, RFC 8037 §2).

    Raises ValueError for anything else.
    """
    members = _read_map(cose_key)
    kind = members.get(_KTY)
    if kind == _EC2:
        curve, x, y = _EC_CURVES.get(_int(members, _CRV_OR_N)), _X_OR_E, _Y
        return {"kty": "EC", "crv": _known(curve), "x": _text(members, x), "y": _text(members, y)}
    if kind == _OKP:
        curve = _OKP_CURVES.get(_int(members, _CRV_OR_N))
        return {"kty": "OKP", "crv": _known(curve), "x": _text(members, _X_OR_E)}
    if kind == _RSA:
        return {"kty": "RSA", "n": _text(members, _CRV_OR_N), "e": _text(members, _X_OR_E)}
    raise ValueError("unknown key type")


def jwk_thumbprint(jwk: Mapping[str, str]) -> str:
    """Return base64url SHA-256 over the required members in lexicographic order (RFC 7638 §3)."""
    members = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return b64url(hashlib.sha256(text.encode()).digest())


def _known(curve: str | None) -> str:
    if curve is None:
        raise ValueError("unknown curve")
    return curve


def _int(members: Mapping[Value, Value], label: int) -> int:
    value = members.get(label)
    if not isinstance(value, int):
        raise ValueError(f"label {label} is not an integer")
    return value


def _text(members: Mapping[Value, Value], label: int) -> str:
    value = members.get(label)
    if not isinstance(value, bytes):
        raise ValueError(f"label {label} is not a byte string")
    return b64url(value)


def _read_map(data: bytes) -> dict[Value, Value]:
    major, count, at = _head(data, 0)
    if major != 5:
        raise ValueError("not a map")
    members: dict[Value, Value] = {}
    for _ in range(count):
        label, at = _read_value(data, at)
        members[label], at = _read_value(data, at)
    return members


def _read_value(data: bytes, at: int) -> tuple[Value, int]:
    major, number, at = _head(data, at)
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major not in (2, 3) or at + number > len(data):
        raise ValueError("not a value of a COSE_Key")
    content = data[at : at + number]
    return (content if major == 2 else content.decode("utf-8")), at + number


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, argument and the place after them (RFC 8949 §3)."""
    if at >= len(data):
        raise ValueError("cut short")
    major, short = data[at] >> 5, data[at] & 31
    if short < 24:
        return major, short, at + 1
    if short > 27:
        raise ValueError("indefinite length")
    size = 1 << (short - 24)
    if at + 1 + size > len(data):
        raise ValueError("cut short")
    return major, int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size
