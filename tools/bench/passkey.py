"""A passkey in software, for benchmarks: ES256, discoverable, synced, attestation `none`.

Only what a good ceremony needs (WebAuthn L3 §6.1, §6.5; CTAP2 canonical CBOR).
"""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from keybound.domain.encoding import b64url, from_b64url

_UP, _UV, _BE, _BS, _AT = 0x01, 0x04, 0x08, 0x10, 0x40
_ES256 = ec.ECDSA(SHA256())


class Passkey:
    """One credential of one user at one relying party, and the page it is used from."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(32)
        self._user_handle = ""

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer PublicKeyCredentialCreationOptionsJSON with RegistrationResponseJSON."""
        self._user_handle = options["user"]["id"]
        client_data = self._client_data("webauthn.create", options["challenge"])
        data = self._authenticator_data(options["rp"]["id"], _AT)
        data += bytes(16) + len(self._id).to_bytes(2, "big") + self._id + self._cose_key()
        attestation = b"\xa3" + _text("fmt") + _text("none") + _text("attStmt") + b"\xa0"
        attestation += _text("authData") + _bytes(data)
        return self._credential(client_data, {"attestationObject": b64url(attestation)})

    def sign_in(self, relying_party_id: str, challenge: str) -> dict[str, Any]:
        """Return AuthenticationResponseJSON for a base64url challenge."""
        client_data = self._client_data("webauthn.get", challenge)
        data = self._authenticator_data(relying_party_id)
        signed = data + hashlib.sha256(client_data).digest()
        answer = {
            "authenticatorData": b64url(data),
            "signature": b64url(self._key.sign(signed, _ES256)),
            "userHandle": self._user_handle,
        }
        return self._credential(client_data, answer)

    def answer_to(self, request: str) -> dict[str, Any]:
        """Sign in to what a request token asks for."""
        asked = json.loads(from_b64url(request.split(".")[1]))
        return self.sign_in(asked["relying_party_id"], asked["challenge"])

    def _client_data(self, kind: str, challenge: str) -> bytes:
        members = {"type": kind, "challenge": challenge, "origin": self._origin}
        return json.dumps({**members, "crossOrigin": False}).encode()

    def _authenticator_data(self, relying_party_id: str, flags: int = 0) -> bytes:
        flags |= _UP | _UV | _BE | _BS
        return hashlib.sha256(relying_party_id.encode()).digest() + bytes([flags]) + bytes(4)

    def _cose_key(self) -> bytes:
        """EC2 key of RFC 9053 §7.1.1: {1: 2, 3: -7, -1: 1, -2: x, -3: y}."""
        point = self._key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return b"\xa5\x01\x02\x03\x26\x20\x01\x21" + _bytes(x) + b"\x22" + _bytes(y)

    def _credential(self, client_data: bytes, answer: dict[str, str]) -> dict[str, Any]:
        name = b64url(self._id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {"clientDataJSON": b64url(client_data), **answer},
        }


def _text(text: str) -> bytes:
    return bytes([0x60 + len(text)]) + text.encode()


def _bytes(data: bytes) -> bytes:
    size = len(data)
    return (b"\x58" + bytes([size]) if size < 256 else b"\x59" + size.to_bytes(2, "big")) + data
