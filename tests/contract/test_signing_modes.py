"""Both ways of signing against a cloud that has them both: KMS itself, and pairs wrapped by KMS."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from keybound.domain.errors import Unavailable
from keybound.domain.signing_key import CURRENT, NEXT, SigningKey
from keybound.edge.settings import SettingsError, from_environment
from keybound.signing.data_key_pairs import PURPOSE, DataKeyPairSigner, make_key_pair, unwrap
from keybound.signing.jwks import key_set
from keybound.signing.kms import KmsSigner, describe_key
from keybound.signing.verify import NotOurs, TokenVerifier

from tests.support.at_once import at_once
from tests.support.aws_calls import AwsCall, count_aws_calls, fail_aws_call

SPECS = {"RS256": "RSA_2048", "ES256": "ECC_NIST_P256"}
MODES = ("kms", "kms-data-key-pair")
CLAIMS = {"sub": "ada", "aud": "https://api.example.com", "text": "ü" * 5000}


@dataclass
class Cloud:
    """A KMS with a wrapping key and with a current key of each mode and algorithm."""

    kms: Any
    wrapping_key_id: str
    keys: dict[tuple[str, str], SigningKey]

    def signer(self, mode: str, *published: SigningKey) -> KmsSigner | DataKeyPairSigner:
        def shown() -> tuple[SigningKey, ...]:
            return published or tuple(key for (m, _), key in self.keys.items() if m == mode)

        by_kms = KmsSigner(lambda: self.kms, shown)
        if mode == "kms":
            return by_kms
        return DataKeyPairSigner(lambda: self.kms, self.wrapping_key_id, shown, by_kms)


@pytest.fixture(scope="module")
def cloud(ministack_url: str) -> Cloud:
    kms = boto3.client("kms", endpoint_url=ministack_url)

    def create(spec: str, usage: str) -> str:
        return str(kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"])

    wrapping = create("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    keys = {}
    for alg, spec in SPECS.items():
        own = describe_key(kms, create(spec, "SIGN_VERIFY"), status=CURRENT, create_time=0)
        keys["kms", alg] = own
        keys["kms-data-key-pair", alg] = replace(make_key_pair(kms, wrapping, alg), status=CURRENT)
    return Cloud(kms, wrapping, keys)


def decrypts(calls: list[AwsCall]) -> list[AwsCall]:
    return [call for call in calls if call.operation == "Decrypt"]


@pytest.mark.parametrize("alg", SPECS)
@pytest.mark.parametrize("mode", MODES)
def test_another_library_verifies_the_token_by_the_published_keys(
    cloud: Cloud, mode: str, alg: str
) -> None:
    token = cloud.signer(mode).sign(CLAIMS, typ="at+jwt", alg=alg)
    header = jwt.get_unverified_header(token)
    assert header == {"alg": alg, "kid": cloud.keys[mode, alg].kid, "typ": "at+jwt"}
    published = jwt.PyJWKSet.from_dict(key_set(cloud.keys.values()))
    found = jwt.decode(token, published[header["kid"]], algorithms=[alg], audience=CLAIMS["aud"])
    assert found == CLAIMS


@pytest.mark.parametrize("alg", SPECS)
@pytest.mark.parametrize("mode", MODES)
def test_our_verifier_takes_it_and_refuses_one_changed_bit(
    cloud: Cloud, mode: str, alg: str
) -> None:
    verifier = TokenVerifier(lambda: tuple(cloud.keys.values()))
    token = cloud.signer(mode).sign({"sub": "ada"}, typ="at+jwt", alg=alg)
    assert verifier.verify(token, typ="at+jwt") == {"sub": "ada"}
    head, body, tail = token.split(".")
    changed = ("B" if tail[0] == "A" else "A") + tail[1:]
    with pytest.raises(NotOurs):
        verifier.verify(f"{head}.{body}.{changed}", typ="at+jwt")


@pytest.mark.parametrize("mode", MODES)
def test_a_key_that_is_only_published_ahead_does_not_sign(cloud: Cloud, mode: str) -> None:
    ahead = replace(cloud.keys[mode, "RS256"], status=NEXT)
    with pytest.raises(Unavailable):
        cloud.signer(mode, ahead).sign({}, typ="JWT", alg="RS256")


@pytest.mark.parametrize("mode", ["", "KMS", "local", "kms "])
def test_a_signing_mode_that_does_not_exist_stops_the_room_at_its_start(mode: str) -> None:
    good = {
        "KEYBOUND_AUTH_BASE_URL": "https://auth.example.com",
        "KEYBOUND_API_BASE_URL": "https://api.example.com",
        "KEYBOUND_DIRECTORY_TABLE": "directory",
        "KEYBOUND_GRANTS_TABLE": "grants",
    }
    assert from_environment(good).signing_mode == "kms"
    assert from_environment(good | {"KEYBOUND_SIGNING_MODE": MODES[1]}).signing_mode == MODES[1]
    with pytest.raises(SettingsError, match="KEYBOUND_SIGNING_MODE"):
        from_environment(good | {"KEYBOUND_SIGNING_MODE": mode})


# --- the calls


@pytest.mark.parametrize("alg", SPECS)
def test_a_pair_is_unwrapped_by_the_first_signature_and_then_no_call_is_made(
    cloud: Cloud, alg: str
) -> None:
    with count_aws_calls() as calls:
        signer = cloud.signer("kms-data-key-pair")
        assert calls == []
        for _ in range(3):
            signer.sign({}, typ="JWT", alg=alg)
    assert [call.operation for call in calls] == ["Decrypt"]
    assert calls[0].params["EncryptionContext"] == {"purpose": "signing"}
    assert calls[0].params["KeyId"] == cloud.wrapping_key_id


def test_tokens_signed_at_once_in_a_cold_process_unwrap_the_pair_once(cloud: Cloud) -> None:
    signer = cloud.signer("kms-data-key-pair")
    with count_aws_calls() as calls:
        tokens = at_once(8, lambda _: signer.sign({}, typ="JWT", alg="RS256"))
    assert len(decrypts(calls)) == 1
    assert all(isinstance(token, str) for token in tokens)


def test_after_a_switch_the_new_pair_is_unwrapped_and_the_old_one_forgotten(cloud: Cloud) -> None:
    old = cloud.keys["kms-data-key-pair", "ES256"]
    new = replace(make_key_pair(cloud.kms, cloud.wrapping_key_id, "ES256"), status=CURRENT)
    shown = [old]
    signer = DataKeyPairSigner(
        lambda: cloud.kms, cloud.wrapping_key_id, lambda: tuple(shown), KmsSigner(dict, tuple)
    )
    with count_aws_calls() as calls:
        kids = []
        for now in (old, new, new, old):
            shown[:] = [now]
            kids.append(jwt.get_unverified_header(signer.sign({}, typ="JWT", alg="ES256"))["kid"])
    assert kids == [old.kid, new.kid, new.kid, old.kid]
    assert len(decrypts(calls)) == 3


def test_in_the_mode_of_pairs_a_current_key_of_kms_still_signs(cloud: Cloud) -> None:
    """Between a change of the mode and the switch that follows it."""
    own = cloud.keys["kms", "RS256"]
    token = cloud.signer("kms-data-key-pair", own).sign({}, typ="JWT", alg="RS256")
    assert TokenVerifier(lambda: (own,)).verify(token, typ="jwt") == {}


def test_where_kms_signs_a_wrapped_pair_is_refused_without_a_call(cloud: Cloud) -> None:
    pair = cloud.keys["kms-data-key-pair", "RS256"]
    with count_aws_calls() as calls, pytest.raises(Unavailable):
        cloud.signer("kms", pair).sign({}, typ="JWT", alg="RS256")
    assert calls == []


# --- what must not open, and what must not leave


@pytest.mark.parametrize("context", [{"purpose": "locator"}, {"purpose": "signing", "x": "y"}, {}])
def test_kms_does_not_unwrap_under_another_encryption_context(
    cloud: Cloud, context: dict[str, str]
) -> None:
    pair = cloud.keys["kms-data-key-pair", "ES256"]
    with pytest.raises(ClientError) as refused:
        cloud.kms.decrypt(
            KeyId=cloud.wrapping_key_id, CiphertextBlob=pair.wrapped, EncryptionContext=context
        )
    assert refused.value.response["Error"]["Code"] == "InvalidCiphertextException"


def other_purpose(cloud: Cloud, pair: SigningKey) -> SigningKey:
    made = cloud.kms.generate_data_key_pair_without_plaintext(
        KeyId=cloud.wrapping_key_id,
        KeyPairSpec=SPECS[pair.alg],
        EncryptionContext={"purpose": "locator"},
    )
    return replace(pair, wrapped=made["PrivateKeyCiphertextBlob"])


def another_pair(cloud: Cloud, pair: SigningKey) -> SigningKey:
    return replace(pair, wrapped=make_key_pair(cloud.kms, cloud.wrapping_key_id, pair.alg).wrapped)


def another_algorithm(cloud: Cloud, pair: SigningKey) -> SigningKey:
    return replace(pair, wrapped=cloud.keys["kms-data-key-pair", "RS256"].wrapped)


def no_key_at_all(cloud: Cloud, pair: SigningKey) -> SigningKey:
    sealed = cloud.kms.encrypt(
        KeyId=cloud.wrapping_key_id, Plaintext=b"text", EncryptionContext={"purpose": PURPOSE}
    )
    return replace(pair, wrapped=sealed["CiphertextBlob"])


def damaged(cloud: Cloud, pair: SigningKey) -> SigningKey:
    return replace(pair, wrapped=b"\x00" * 200)


@pytest.mark.parametrize(
    "spoil", [other_purpose, another_pair, another_algorithm, no_key_at_all, damaged]
)
def test_a_stored_private_key_that_is_not_the_published_ones_signs_nothing(
    cloud: Cloud, spoil: Callable[[Cloud, SigningKey], SigningKey]
) -> None:
    spoilt = spoil(cloud, cloud.keys["kms-data-key-pair", "ES256"])
    with pytest.raises(Unavailable):
        cloud.signer("kms-data-key-pair", spoilt).sign({}, typ="JWT", alg="ES256")


def test_a_pair_wrapped_by_a_key_that_the_item_names_is_not_followed_there(cloud: Cloud) -> None:
    """The item may name any KMS key; only the deployment's own is ever asked."""
    foreign = cloud.kms.create_key()["KeyMetadata"]["Arn"]
    planted = replace(make_key_pair(cloud.kms, foreign, "ES256"), status=CURRENT)
    with pytest.raises(Unavailable):
        cloud.signer("kms-data-key-pair", planted).sign({}, typ="JWT", alg="ES256")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_when_kms_fails_nothing_is_signed_and_the_next_request_tries_again(
    cloud: Cloud, moment: Any
) -> None:
    signer = cloud.signer("kms-data-key-pair")
    with fail_aws_call("Decrypt", moment) as failed, pytest.raises(Unavailable):
        signer.sign({}, typ="JWT", alg="ES256")
    assert failed
    assert signer.sign({}, typ="JWT", alg="ES256")


@pytest.mark.parametrize("alg", SPECS)
def test_neither_half_of_a_private_key_is_in_the_key_set_or_in_what_is_printed(
    cloud: Cloud, alg: str
) -> None:
    """N174: public members only."""
    pair = cloud.keys["kms-data-key-pair", alg]
    private = unwrap(cloud.kms, cloud.wrapping_key_id, pair)
    plain = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (member,) = key_set([pair])["keys"]
    assert set(member) == {"kty", "kid", "use", "alg", *(("n", "e") if alg == "RS256" else
                           ("crv", "x", "y"))}  # fmt: skip
    assert pair.wrapped
    assert plain not in pair.wrapped
    assert "wrapped" not in repr(pair)
    assert repr(pair.wrapped) not in repr(pair)
