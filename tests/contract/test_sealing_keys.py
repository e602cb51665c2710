"""Sealing keys against KMS and DynamoDB, on moto and on ministack: wrapped for one purpose each."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from keybound.domain.errors import Unavailable
from keybound.domain.sealing_key import WrappedKey
from keybound.signing.data_keys import DataKeys, unwrap
from keybound.signing.sealing import Sealer
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.table import Table
from moto import mock_aws

from tests.support.at_once import at_once


@pytest.fixture(params=["moto", "ministack"])
def kms(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "moto":
        with mock_aws():
            yield boto3.client("kms")
    else:
        yield boto3.client("kms", endpoint_url=request.getfixturevalue("ministack_url"))


@pytest.fixture
def key_id(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def wrapped(kms: Any, key_id: str, purpose: str, kid: str = "0000000a") -> WrappedKey:
    made = kms.generate_data_key_without_plaintext(
        KeyId=key_id, KeySpec="AES_256", EncryptionContext={"purpose": purpose}
    )
    return WrappedKey(purpose, kid, made["CiphertextBlob"], 0)


def test_a_key_opens_for_its_own_purpose(kms: Any, key_id: str) -> None:
    key = wrapped(kms, key_id, "request")
    assert len(unwrap(kms, key_id, key)) == 32
    assert unwrap(kms, key_id, key) == unwrap(kms, key_id, key)


@pytest.mark.parametrize("purpose", ["locator", "", "Request", "request "])
def test_the_wrong_encryption_context_does_not_decrypt(kms: Any, key_id: str, purpose: str) -> None:
    """What a room's role is denied by condition, the ciphertext refuses by itself."""
    key = wrapped(kms, key_id, "request")
    with pytest.raises(Unavailable):
        unwrap(kms, key_id, WrappedKey(purpose, key.kid, key.wrapped, 0))
    with pytest.raises(kms.exceptions.ClientError):
        kms.decrypt(KeyId=key_id, CiphertextBlob=key.wrapped)


def test_another_kms_key_or_a_damaged_ciphertext_does_not_decrypt() -> None:
    """On moto only: ministack decrypts whichever KeyId is named, and authenticates nothing."""
    with mock_aws():
        kms = boto3.client("kms")
        mine, other = (str(kms.create_key()["KeyMetadata"]["KeyId"]) for _ in range(2))
        key = wrapped(kms, mine, "request")
        with pytest.raises(Unavailable):
            unwrap(kms, other, key)
        damaged = key.wrapped[:-1] + bytes([key.wrapped[-1] ^ 1])
        with pytest.raises(Unavailable):
            unwrap(kms, mine, WrappedKey("request", key.kid, damaged, 0))


def test_fifty_creations_of_one_version_store_one(directory: Table) -> None:
    """Bootstrap may run twice at once; nobody seals under a key that is then overwritten."""
    keys = SealingKeys(directory)
    made = [WrappedKey("page", "0000000a", bytes([n]), 0) for n in range(50)]
    results = at_once(50, lambda n: keys.create(made[n]))
    assert results.count(True) == 1
    assert keys.of("page") == [made[results.index(True)]]
    assert keys.of("pag") == keys.of("pages") == []


def test_a_room_reads_unwraps_and_seals(directory: Table, kms: Any, key_id: str) -> None:
    stored = SealingKeys(directory)
    assert stored.create(wrapped(kms, key_id, "page"))
    keys = DataKeys("page", stored, lambda: kms, key_id, lambda: 1_800_000_000)
    sealer = Sealer(keys, os.urandom)
    assert sealer.open(sealer.seal(b"x", "page|a"), "page|a") == b"x"
