"""Signs in process with key pairs that KMS made and wrapped (GenerateDataKeyPairWithoutPlaintext).

The private half is stored as ciphertext under the encryption context of its purpose and unwrapped
when a process first signs with it, never before and never elsewhere: whoever publishes, rotates or
verifies sees ciphertext and public members alone. The port is `keybound.oauth.ports.Signer`.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from keybound.domain.errors import Unavailable
from keybound.domain.signing_key import NEXT, SigningKey
from keybound.signing.jose import ecdsa_der_to_jose, signing_input, with_signature
from keybound.signing.jwks import public_jwk, thumbprint
from keybound.signing.kms import KmsSigner, current_key

PURPOSE = "signing"
_SPECS = {"RS256": "RSA_2048", "ES256": "ECC_NIST_P256"}
_PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


class DataKeyPairSigner:
    """Signs JWTs with the current key of an algorithm, unwrapped once per process and key.

    wrapping_key_id: the KMS key that wraps; an item cannot name another one. otherwise: signs while
    the current key is still one of KMS itself, as after a change of the signing mode.
    """

    def __init__(
        self,
        kms: Callable[[], Any],
        wrapping_key_id: str,
        published: Callable[[], tuple[SigningKey, ...]],
        otherwise: KmsSigner,
    ) -> None:
        self._kms = kms
        self._wrapping_key_id = wrapping_key_id
        self._published = published
        self._otherwise = otherwise
        self._unwrapped: dict[str, tuple[str, _PrivateKey]] = {}
        self._lock = threading.Lock()

    def sign(self, claims: Mapping[str, Any], *, typ: str, alg: str) -> str:
        """Return a signed JWT in compact form. Raises Unavailable when no key can be had."""
        key = current_key(self._published(), alg)
        if key.wrapped is None:
            return self._otherwise.sign_with(key, claims, typ=typ)
        private = self._private(key)
        signed = signing_input({"alg": alg, "kid": key.kid, "typ": typ}, claims)
        return with_signature(signed, _signature(private, signed.encode("ascii")))

    def _private(self, key: SigningKey) -> _PrivateKey:
        # Two tokens of one answer are signed at once: the lock makes that one Decrypt, not two.
        with self._lock:
            kid, private = self._unwrapped.get(key.alg, ("", None))
            if private is None or kid != key.kid:
                private = unwrap(self._kms(), self._wrapping_key_id, key)
                self._unwrapped[key.alg] = (key.kid, private)  # the one before it is forgotten
            return private


def unwrap(kms: Any, wrapping_key_id: str, key: SigningKey) -> _PrivateKey:
    """Decrypt a private key and check that it is the published key's. Raises Unavailable."""
    try:
        answer = kms.decrypt(
            KeyId=wrapping_key_id,
            CiphertextBlob=key.wrapped,
            EncryptionContext={"purpose": PURPOSE},
        )
        # KMS authenticated what it made. Checking an RSA key's primes again takes 30 ms a start.
        private = load_der_private_key(
            answer["Plaintext"], None, unsafe_skip_rsa_key_validation=True
        )
    except (ClientError, BotoCoreError, ValueError) as error:
        raise Unavailable(detail=f"unwrapping signing key: {type(error).__name__}") from None
    if not isinstance(private, _PrivateKey) or _kid(private.public_key()) != key.kid:
        raise Unavailable(detail=f"the stored private key is not that of {key.kid}")
    return private


def make_key_pair(kms: Any, wrapping_key_id: str, alg: str) -> SigningKey:
    """Let KMS make a pair and return it, its private half wrapped, as a key to publish.

    Raises Unavailable when KMS refuses or gives no answer.
    """
    try:
        answer = kms.generate_data_key_pair_without_plaintext(
            KeyId=wrapping_key_id,
            KeyPairSpec=_SPECS[alg],
            EncryptionContext={"purpose": PURPOSE},
        )
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(detail=f"kms key pair {type(error).__name__}") from error
    jwk = public_jwk(load_der_public_key(answer["PublicKey"]))
    wrapped = bytes(answer["PrivateKeyCiphertextBlob"])
    return SigningKey(thumbprint(jwk), alg, NEXT, answer["KeyId"], jwk, wrapped=wrapped)


def _signature(private: _PrivateKey, signed: bytes) -> bytes:
    if isinstance(private, RSAPrivateKey):
        return private.sign(signed, PKCS1v15(), SHA256())
    return ecdsa_der_to_jose(private.sign(signed, ECDSA(SHA256())))


def _kid(public: Any) -> str:
    try:
        return thumbprint(public_jwk(public))
    except TypeError:
        return ""
