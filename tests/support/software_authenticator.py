"""A passkey authenticator and its browser in software, on `cryptography` and `cbor2` alone.

Written from WebAuthn L3 and independent of the library that verifies, so that a mistake there is
not made twice. It answers options with the JSON a browser would post, keeps discoverable
credentials per RP ID, and on demand lies about any single field.

    authenticator = SoftwareAuthenticator(origin="http://localhost:8082")
    registration = authenticator.create(creation_options)        # RegistrationResponseJSON
    assertion = authenticator.get("localhost", challenge)        # AuthenticationResponseJSON
    forged = authenticator.get("localhost", challenge, lies=Lies(user_verified=False))
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cbor2

from tests.support.authenticator_lies import HONEST as HONEST
from tests.support.authenticator_lies import Lies as Lies
from tests.support.authenticator_lies import after, collect, told
from tests.support.cose_keys import ES256, CoseKey, new_key
from tests.support.encoded import b64url, unb64url

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
ZERO_AAGUID = bytes(16)


class NotAllowed(Exception):
    """The browser's refusal; `name` is the DOMException's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class StoredPasskey:
    """A discoverable credential inside the authenticator."""

    rp_id: str
    credential_id: bytes
    key: CoseKey
    user_handle: bytes
    user_name: str
    sign_count: int


@dataclass
class SoftwareAuthenticator:
    """One device (or one synced account) together with the browser page it is used from.

    backup_eligible: synced like a cloud keychain; its counter then stays 0 unless `counting` says
    otherwise. A device-bound authenticator counts by one at each ceremony.
    """

    origin: str
    aaguid: bytes = ZERO_AAGUID
    backup_eligible: bool = True
    algorithm: int = ES256
    counting: bool | None = None
    attestation: str = "none"
    transports: Sequence[str] = ("internal", "hybrid")
    passkeys: list[StoredPasskey] = field(default_factory=list)

    def create(self, options: Mapping[str, Any], *, lies: Lies = HONEST) -> dict[str, Any]:
        """Answer PublicKeyCredentialCreationOptionsJSON with RegistrationResponseJSON.

        Raises NotAllowed("InvalidStateError") if an excluded credential is stored here, and
        NotAllowed("NotSupportedError") if the algorithm is not offered.
        """
        rp_id: str = options["rp"]["id"]
        excluded = {unb64url(entry["id"]) for entry in options.get("excludeCredentials", ())}
        if any(p.rp_id == rp_id and p.credential_id in excluded for p in self.passkeys):
            raise NotAllowed("InvalidStateError")
        if self.algorithm not in [entry["alg"] for entry in options["pubKeyCredParams"]]:
            raise NotAllowed("NotSupportedError")
        passkey = StoredPasskey(
            rp_id=rp_id,
            credential_id=lies.credential_id or secrets.token_bytes(32),
            key=new_key(self.algorithm),
            user_handle=unb64url(options["user"]["id"]),
            user_name=options["user"]["name"],
            sign_count=0,
        )
        client_data = collect("webauthn.create", options["challenge"], self.origin, lies)
        self._count(passkey)
        data = self._authenticator_data(passkey, lies, attested=True)
        attestation_object = self._attestation_object(passkey, data, client_data, lies)
        self._keep(passkey)
        response = {
            "clientDataJSON": b64url(after(lies.change_client_data, client_data)),
            "attestationObject": b64url(attestation_object),
            "transports": list(self.transports),
            "authenticatorData": b64url(data),
            "publicKeyAlgorithm": self.algorithm,
        }
        return _credential(passkey, response, {"credProps": {"rk": True}}, lies)

    def get(
        self,
        rp_id: str,
        challenge: bytes | str,
        allow: Iterable[bytes] | None = None,
        *,
        lies: Lies = HONEST,
    ) -> dict[str, Any]:
        """Answer a request with AuthenticationResponseJSON by the newest passkey that fits.

        challenge: bytes, or base64url as options carry it. allow: credential ids, None for any.
        Raises NotAllowed("NotAllowedError") if there is no such passkey.
        """
        allowed = None if allow is None else set(allow)
        fitting = [
            passkey
            for passkey in self.passkeys
            if passkey.rp_id == rp_id and (allowed is None or passkey.credential_id in allowed)
        ]
        if not fitting:
            raise NotAllowed("NotAllowedError")
        passkey = fitting[-1]
        text = challenge if isinstance(challenge, str) else b64url(challenge)
        client_data = collect("webauthn.get", text, self.origin, lies)
        self._count(passkey)
        data = self._authenticator_data(passkey, lies, attested=False)
        signature = passkey.key.sign(data + hashlib.sha256(client_data).digest())
        response: dict[str, object] = {
            "clientDataJSON": b64url(after(lies.change_client_data, client_data)),
            "authenticatorData": b64url(after(lies.change_authenticator_data, data)),
            "signature": b64url(signature if lies.signature is None else lies.signature),
            "userHandle": told(lies.user_handle, b64url(passkey.user_handle)),
        }
        return _credential(passkey, response, {}, lies)

    def forget(self, credential_id: bytes) -> None:
        """Drop a passkey, as a person or a signal from the site would."""
        self.passkeys = [p for p in self.passkeys if p.credential_id != credential_id]

    def _keep(self, passkey: StoredPasskey) -> None:
        """A new passkey replaces the one of the same user at the same site (CTAP 2.1 §6.1.2)."""
        owner = (passkey.rp_id, passkey.user_handle)
        self.passkeys = [p for p in self.passkeys if (p.rp_id, p.user_handle) != owner]
        self.passkeys.append(passkey)

    def _count(self, passkey: StoredPasskey) -> None:
        if self.counting if self.counting is not None else not self.backup_eligible:
            passkey.sign_count += 1

    def _flags(self, lies: Lies, *, attested: bool) -> int:
        if lies.flags is not None:
            return lies.flags
        synced = self.backup_eligible
        chosen = {
            UP: lies.user_present is not False,
            UV: lies.user_verified is not False,
            BE: synced if lies.backup_eligible is None else lies.backup_eligible,
            BS: synced if lies.backup_state is None else lies.backup_state,
            AT: attested,
            ED: lies.extensions is not None,
        }
        return sum(bit for bit, on in chosen.items() if on)

    def _authenticator_data(self, passkey: StoredPasskey, lies: Lies, *, attested: bool) -> bytes:
        if lies.authenticator_data is not None:
            return lies.authenticator_data
        attested = attested if lies.attested is None else lies.attested
        count = passkey.sign_count if lies.sign_count is None else lies.sign_count
        data = hashlib.sha256((lies.rp_id or passkey.rp_id).encode()).digest()
        data += bytes([self._flags(lies, attested=attested)]) + count.to_bytes(4, "big")
        if attested:
            data += self.aaguid if lies.aaguid is None else lies.aaguid
            data += len(passkey.credential_id).to_bytes(2, "big") + passkey.credential_id
            data += passkey.key.public if lies.public_key is None else lies.public_key
        return data + (lies.extensions or b"") + lies.trailing

    def _attestation_object(
        self, passkey: StoredPasskey, data: bytes, client_data: bytes, lies: Lies
    ) -> bytes:
        if lies.attestation_object is not None:
            return lies.attestation_object
        statement: object = {}
        if self.attestation == "packed":
            signed = data + hashlib.sha256(client_data).digest()
            statement = {"alg": self.algorithm, "sig": passkey.key.sign(signed)}
        return cbor2.dumps(
            {
                "fmt": lies.format or self.attestation,
                "attStmt": told(lies.statement, statement),
                "authData": data,
            }
        )


def _credential(
    passkey: StoredPasskey, response: object, results: dict[str, Any], lies: Lies
) -> dict[str, Any]:
    name = b64url(passkey.credential_id)
    return {
        "id": told(lies.id, name),
        "rawId": told(lies.raw_id, name),
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": results,
        "response": response,
    }
