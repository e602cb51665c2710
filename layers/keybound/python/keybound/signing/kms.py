"""Signs with KMS: message type RAW, so that KMS hashes what it signs, up to its limit of 4,096
bytes; what is longer (many claims, many scopes) is hashed here and sent as DIGEST.

The port is `keybound.oauth.ports.Signer`. Which key signs is read from the published keys, so a
rotation is a change of their status and needs no deployment.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.serialization import load_der_public_key

from keybound.domain.errors import Unavailable
from keybound.domain.signing_key import CURRENT, SigningKey
from keybound.signing.jose import ecdsa_der_to_jose, signing_input, with_signature
from keybound.signing.jwks import public_jwk, thumbprint

RAW_LIMIT_BYTES = 4096
_KMS_ALGORITHM = {"RS256": "RSASSA_PKCS1_V1_5_SHA_256", "ES256": "ECDSA_SHA_256"}


class KmsSigner:
    """Signs JWTs with the current key of an algorithm."""

    def __init__(
        self, kms: Callable[[], Any], published: Callable[[], tuple[SigningKey, ...]]
    ) -> None:
        self._kms = kms
        self._published = published

    def sign(self, claims: Mapping[str, Any], *, typ: str, alg: str) -> str:
        """Return a signed JWT in compact form. Raises Unavailable when KMS or the key fails."""
        return self.sign_with(current_key(self._published(), alg), claims, typ=typ)

    def sign_with(self, key: SigningKey, claims: Mapping[str, Any], *, typ: str) -> str:
        """Return a JWT signed by this key. Raises Unavailable; so for a wrapped key pair, which
        KMS cannot sign with."""
        if key.wrapped is not None:
            raise Unavailable(detail=f"the current {key.alg} key is not one that KMS signs with")
        alg = key.alg
        signed = signing_input({"alg": alg, "kid": key.kid, "typ": typ}, claims)
        try:
            answer = self._kms().sign(
                KeyId=key.kms_key_id,
                SigningAlgorithm=_KMS_ALGORITHM[alg],
                **_message(signed.encode("ascii")),
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(detail=f"kms sign {type(error).__name__}") from error
        signature = answer["Signature"]
        return with_signature(signed, ecdsa_der_to_jose(signature) if alg == "ES256" else signature)


def current_key(published: Iterable[SigningKey], alg: str) -> SigningKey:
    """Return the key that signs now. Raises Unavailable when there is none."""
    for key in published:
        if key.alg == alg and key.status == CURRENT:
            return key
    raise Unavailable(detail=f"no current {alg} signing key")


def _message(signed: bytes) -> dict[str, Any]:
    if len(signed) <= RAW_LIMIT_BYTES:
        return {"Message": signed, "MessageType": "RAW"}
    return {"Message": hashlib.sha256(signed).digest(), "MessageType": "DIGEST"}


def describe_key(kms: Any, kms_key_id: str, *, status: str, create_time: int) -> SigningKey:
    """Read a KMS key's public half (GetPublicKey) and return it as a key to publish."""
    answer = kms.get_public_key(KeyId=kms_key_id)
    jwk = public_jwk(load_der_public_key(answer["PublicKey"]))
    alg = "ES256" if jwk["kty"] == "EC" else "RS256"
    return SigningKey(thumbprint(jwk), alg, status, kms_key_id, jwk, create_time)
