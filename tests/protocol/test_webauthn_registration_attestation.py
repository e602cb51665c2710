"""Registering a credential: WebAuthn L3 §7.1, steps 13 to 25: what the authenticator says."""

import cbor2
import pytest
from keybound.ceremonies.relying_party import RelyingParty

from tests.support.ceremony import ORIGIN, Ceremony, judge_registration, refused_step
from tests.support.encoded import b64url, unb64url
from tests.support.software_authenticator import Lies


def refusal_of(lies: Lies, ceremony: Ceremony | None = None) -> str:
    return refused_step(judge_registration, (ceremony or Ceremony()).registration(lies))


def attestation_object(**changes: object) -> Lies:
    """True authenticator data in an attestation object whose other members are false."""
    response = Ceremony().registration(Lies(credential_id=b"i" * 32))["response"]
    members = {"fmt": "none", "attStmt": {}, "authData": unb64url(response["authenticatorData"])}
    encoded = cbor2.dumps({**members, **changes})
    return Lies(credential_id=b"i" * 32, attestation_object=encoded)


# --- step 13: one CBOR map of three members, authenticator data that ends where its flags say


@pytest.mark.parametrize(
    "changes",
    [{"extra": 1}, {"fmt": 1}, {"fmt": None}, {"attStmt": []}, {"authData": "text"}, {"": 0}],
)
def test_step_13_an_attestation_object_has_its_three_members(changes: dict[str, object]) -> None:
    assert refusal_of(attestation_object(**changes)) == "attestation_object"


@pytest.mark.parametrize(
    ("encoded", "step"),
    [
        (b"\xa0", "attestation_object"),
        (b"\xa0\x00", "attestation_object"),
        (b"\x00", "attestation_object"),
        (b"\xa2\x01\x02\x01\x02", "attestation_object"),
        (b"\xa1\x61\xff\x00", "attestation_object"),
        (b"\xbf\xff", "cbor"),
        (b"\x5f\x41\x00\xff", "cbor"),
        (b"\xd9\xd9\xf7\xa0", "cbor"),
        (b"\xd8\x23\x63(a+", "cbor"),
        (b"\xa1\xf5\x00", "cbor"),
        (b"\x9b" + b"\xff" * 8, "cbor"),
        (b"\x81" * 5000 + b"\x00", "cbor"),
        (b"\xf7", "cbor"),
    ],
)
def test_step_13_cbor_is_definite_untagged_shallow_and_whole(encoded: bytes, step: str) -> None:
    """N157."""
    assert refusal_of(Lies(attestation_object=encoded)) == step


def test_step_13_nothing_follows_the_attestation_object() -> None:
    """N157: trailing bytes behind an object that is good in itself."""
    honest = attestation_object().attestation_object
    assert honest is not None
    longer = Lies(credential_id=b"i" * 32, attestation_object=honest + b"\x00")
    assert refusal_of(longer) == "attestation_object"


def test_step_13_without_attested_data_there_is_nothing_to_register() -> None:
    """N157: the AT flag is missing."""
    assert refusal_of(Lies(attested=False)) == "attested_credential"


@pytest.mark.parametrize(
    "lies",
    [
        Lies(trailing=b"\x00"),
        Lies(flags=0x45 | 0x80),
        Lies(extensions=b"\x01"),
        Lies(extensions=b"\xa0\xa0"),
        Lies(flags=0x05),
        Lies(authenticator_data=b""),
        Lies(authenticator_data=b"short"),
        Lies(public_key=b""),
        Lies(public_key=b"\x04" + b"x" * 64),
    ],
)
def test_step_13_authenticator_data_ends_where_its_flags_say(lies: Lies) -> None:
    """N157: bytes left over, extensions announced and missing, two maps, a key that is no map."""
    assert refusal_of(lies) == "authenticator_data"


@pytest.mark.parametrize(
    "extensions", [b"\xa2\x61a\x00\x61a\x00", b"\xa1\x61\xff\x00", b"\xa1\x18\x01\x00"]
)
def test_step_13_extension_maps_that_decoders_disagree_on_are_refused(extensions: bytes) -> None:
    """N157: a key twice, text that is no UTF-8, a number written longer than needed."""
    assert refusal_of(Lies(extensions=extensions)) == "attestation_signature"


@pytest.mark.parametrize(
    ("rp_id", "expected_id"),
    [("app.example.com", "example.com"), ("example.com", "app.example.com"), ("evil.test", "")],
)
def test_step_14_rp_id_hash_is_that_of_the_relying_party(rp_id: str, expected_id: str) -> None:
    """N150."""
    relying_party = RelyingParty(expected_id or "example.com", "Example", (ORIGIN,))
    response = Ceremony().registration(Lies(rp_id=rp_id))
    assert refused_step(judge_registration, response, relying_party=relying_party) == "rp_id_hash"


def test_step_15_user_presence_is_required() -> None:
    """N151."""
    assert refusal_of(Lies(user_present=False)) == "user_presence"


def test_step_16_user_verification_is_required() -> None:
    """T45, N152."""
    assert refusal_of(Lies(user_verified=False)) == "user_verification"


def test_step_17_backup_state_without_eligibility_is_refused() -> None:
    """N153."""
    assert refusal_of(Lies(backup_eligible=False, backup_state=True)) == "backup_state"


@pytest.mark.parametrize("backed_up", [True, False])
def test_steps_18_and_19_every_honest_pair_of_backup_flags_is_recorded(backed_up: bool) -> None:
    verified = judge_registration(Ceremony().registration(Lies(backup_state=backed_up)))
    assert (verified.backup_eligible, verified.backup_state) == (True, backed_up)


@pytest.mark.parametrize("algorithm", [-35, -36, -37, -47, -48, -65535, 0, -7.0, "ES256", None])
def test_step_20_an_algorithm_that_was_not_offered_is_refused(algorithm: object) -> None:
    """N155: checked on the response, whatever the options said."""
    key = cbor2.dumps({1: 2, 3: algorithm, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
    assert refusal_of(Lies(public_key=key)) == "algorithm"


@pytest.mark.parametrize("format_", ["NONE", "tpm", "android-key", "apple", "fido-u2f", "x", ""])
def test_step_21_other_formats_are_refused_and_names_are_case_sensitive(format_: str) -> None:
    assert refusal_of(attestation_object(fmt=format_)) == "attestation_format"


@pytest.mark.parametrize(
    "statement",
    [{"sig": b"x"}, {"unknown": 1}, {"x5c": []}],
)
def test_step_22_format_none_has_an_empty_statement(statement: dict[str, object]) -> None:
    assert refusal_of(attestation_object(attStmt=statement)) == "attestation_statement"


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"alg": -7},
        {"sig": b"x"},
        {"alg": "ES256", "sig": b"x"},
        {"alg": True, "sig": b"x"},
        {"alg": -7, "sig": "x"},
        {"alg": -7, "sig": b"x", "ecdaaKeyId": b"x"},
        {"alg": -7, "sig": b"x", "x5c": []},
        {"alg": -7, "sig": b"x", "x5c": b"x"},
        {"alg": -7, "sig": b"x", "x5c": [1]},
        {"alg": -7, "sig": b"x", "x5c": [b"no certificate"]},
        {"alg": -7, "sig": b"x", "x5c": [b"x"] * 9},
    ],
)
def test_step_22_a_packed_statement_has_the_members_of_8_2(statement: dict[str, object]) -> None:
    lies = attestation_object(fmt="packed", attStmt=statement)
    assert refusal_of(lies) == "attestation_statement"


@pytest.mark.parametrize(
    "statement",
    [
        {"alg": -7, "sig": b""},
        {"alg": -7, "sig": b"not a signature"},
        {"alg": -257, "sig": b"signature by another algorithm"},
    ],
)
def test_step_22_self_attestation_is_verified(statement: dict[str, object]) -> None:
    """N158."""
    lies = attestation_object(fmt="packed", attStmt=statement)
    assert refusal_of(lies) == "attestation_signature"


def test_step_25_a_credential_id_may_have_1023_bytes() -> None:
    assert judge_registration(Ceremony().registration(Lies(credential_id=b"i" * 1023)))


@pytest.mark.parametrize("length", [0, 1024, 5000])
def test_step_25_a_credential_id_has_1_to_1023_bytes(length: int) -> None:
    response = Ceremony().registration(Lies(credential_id=b"i" * 1023))
    response["id"] = response["rawId"] = b64url(b"i" * length)
    assert refused_step(judge_registration, response) == "credential_id"


def test_step_25_the_attested_id_is_bounded_with_the_one_beside_it() -> None:
    long = Ceremony().registration(Lies(credential_id=b"i" * 1024))
    assert refused_step(judge_registration, long) == "credential_id"
    short = {**long, "id": b64url(b"i" * 1023), "rawId": b64url(b"i" * 1023)}
    assert refused_step(judge_registration, short) == "credential_id"


@pytest.mark.parametrize(
    "extension",
    [{"credProtect": 3}, {"hmac-secret": True}, {"unsolicited": [1, {"a": b"x"}]}, {}],
)
def test_unsolicited_authenticator_extensions_are_ignored(extension: dict[str, object]) -> None:
    lies = Lies(extensions=cbor2.dumps(extension))
    assert judge_registration(Ceremony().registration(lies))
