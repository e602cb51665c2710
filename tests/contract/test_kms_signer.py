"""The KMS signer against a local cloud: what it signs verifies, at any length (RFC 7515 §5.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import jwt
import pytest
from keybound.domain.errors import Unavailable
from keybound.domain.signing_key import CURRENT, NEXT, SigningKey
from keybound.signing.jwks import key_set
from keybound.signing.kms import RAW_LIMIT_BYTES, KmsSigner, describe_key
from keybound.signing.verify import NotOurs, TokenVerifier

from tests.support.ministack import running_ministack

SPECS = {"RS256": "RSA_2048", "ES256": "ECC_NIST_P256"}


@dataclass
class Cloud:
    kms: Any
    keys: tuple[SigningKey, ...]

    def published(self) -> tuple[SigningKey, ...]:
        return self.keys

    @property
    def signer(self) -> KmsSigner:
        return KmsSigner(lambda: self.kms, self.published)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running_ministack(tmp_path_factory.mktemp("ministack")) as url:
        kms = boto3.client("kms", endpoint_url=url)
        made = []
        for spec in SPECS.values():
            key_id = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
            made.append(describe_key(kms, key_id, status=CURRENT, create_time=0))
        yield Cloud(kms, tuple(made))


@pytest.mark.parametrize("alg", SPECS)
@pytest.mark.parametrize("length", [10, RAW_LIMIT_BYTES * 2], ids=["raw", "longer than RAW takes"])
def test_another_library_verifies_the_token_by_the_published_keys(
    cloud: Cloud, alg: str, length: int
) -> None:
    token = cloud.signer.sign({"sub": "a" * length}, typ="JWT", alg=alg)
    keys = jwt.PyJWKSet.from_dict(key_set(cloud.keys))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=[alg]) == {"sub": "a" * length}


@pytest.mark.parametrize("alg", SPECS)
def test_our_verifier_takes_it_and_refuses_one_changed_bit(cloud: Cloud, alg: str) -> None:
    verifier = TokenVerifier(cloud.published)
    token = cloud.signer.sign({"sub": "ada"}, typ="at+jwt", alg=alg)
    assert verifier.verify(token, typ="at+jwt") == {"sub": "ada"}
    head, body, tail = token.split(".")
    changed = ("B" if tail[0] == "A" else "A") + tail[1:]
    with pytest.raises(NotOurs):
        verifier.verify(f"{head}.{body}.{changed}", typ="at+jwt")


def test_a_disabled_key_is_unavailable_and_nothing_is_signed(cloud: Cloud) -> None:
    key = cloud.keys[0]
    cloud.kms.disable_key(KeyId=key.kms_key_id)
    try:
        with pytest.raises(Unavailable):
            cloud.signer.sign({"sub": "ada"}, typ="JWT", alg=key.alg)
    finally:
        cloud.kms.enable_key(KeyId=key.kms_key_id)


def test_a_key_that_is_only_published_ahead_does_not_sign(cloud: Cloud) -> None:
    ahead = tuple(SigningKey(k.kid, k.alg, NEXT, k.kms_key_id, k.jwk) for k in cloud.keys)
    with pytest.raises(Unavailable):
        KmsSigner(lambda: cloud.kms, lambda: ahead).sign({}, typ="JWT", alg="RS256")
