"""Verifying an assertion: WebAuthn L3 §7.2, step by step."""

import hashlib
import json

import pytest
from keybound.ceremonies.authentication import read_assertion
from keybound.ceremonies.relying_party import RelyingParty

from tests.support.ceremony import (
    ANDROID,
    GET_CHALLENGE,
    ORIGIN,
    RELYING_PARTY,
    USER_ID,
    Ceremony,
    judge_assertion,
    refused_step,
)
from tests.support.cose_keys import EDDSA, ES256, RS256
from tests.support.encoded import b64url
from tests.support.software_authenticator import Lies, SoftwareAuthenticator


def refusal_of(lies: Lies, ceremony: Ceremony | None = None) -> str:
    ceremony = ceremony or Ceremony()
    return refused_step(judge_assertion, ceremony.assertion(lies), ceremony.passkey())


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_an_honest_assertion_signs_in(algorithm: int) -> None:
    """§7.2 steps 3–25."""
    verified = Ceremony(SoftwareAuthenticator(origin=ORIGIN, algorithm=algorithm)).sign_in()
    assert (verified.user_verified, verified.backup_state) == (True, True)
    assert (verified.sign_count, verified.counter_moved, verified.clone_suspected) == (0, 0, 0)


def test_the_head_names_passkey_and_owner_before_anything_is_verified() -> None:
    ceremony = Ceremony()
    head = read_assertion(ceremony.assertion(Lies(signature=b"not one")))
    assert head.credential_id == ceremony.passkey().credential_id
    assert head.user_handle == USER_ID


def test_step_3_a_registration_is_no_assertion() -> None:
    ceremony = Ceremony()
    registration = ceremony.registration()
    assert refused_step(judge_assertion, registration, ceremony.passkey()) == "user_handle"
    assert refused_step(read_assertion, registration) == "user_handle"


@pytest.mark.parametrize("results", [{}, {"appid": True}, {"credProps": {"rk": 5}}, None])
def test_step_4_extension_results_are_ignored(results: object) -> None:
    ceremony = Ceremony()
    response = {**ceremony.assertion(), "clientExtensionResults": results}
    assert judge_assertion(response, ceremony.passkey())


def test_step_5_an_assertion_by_another_passkey_of_the_same_user_is_refused() -> None:
    mine, other = Ceremony(), Ceremony()
    assert refused_step(judge_assertion, other.assertion(), mine.passkey()) == "credential_id"


def test_step_5_an_assertion_that_only_names_the_passkey_is_refused() -> None:
    mine, other = Ceremony(), Ceremony()
    name = b64url(mine.passkey().credential_id)
    forged = other.assertion(Lies(id=name, raw_id=name))
    assert refused_step(judge_assertion, forged, mine.passkey()) == "signature"


@pytest.mark.parametrize("user_handle", [b64url(b"somebody else"), b64url(USER_ID + b"\x00")])
def test_step_6_user_handle_is_that_of_the_owner(user_handle: str) -> None:
    assert refusal_of(Lies(user_handle=user_handle)) == "user_handle"


@pytest.mark.parametrize("user_handle", ["", 0, [], "AA==", "A", b64url(b"u" * 65)])
def test_step_6_user_handle_is_required_and_well_formed(user_handle: object) -> None:
    ceremony = Ceremony()
    response = ceremony.assertion(Lies(user_handle=user_handle))
    assert refused_step(judge_assertion, response, ceremony.passkey()) == "user_handle"
    assert refused_step(read_assertion, response) == "user_handle"


def test_step_6_a_missing_user_handle_is_refused() -> None:
    ceremony = Ceremony()
    response = ceremony.assertion()
    del response["response"]["userHandle"]
    assert refused_step(judge_assertion, response, ceremony.passkey()) == "user_handle"


@pytest.mark.parametrize("client_data", [b"\xff", b"[]", b"{", b'{"type":1,"type":2}', b"1" * 9000])
def test_steps_8_and_9_client_data_is_one_json_object_in_utf_8(client_data: bytes) -> None:
    step = refusal_of(Lies(client_data_json=client_data))
    assert step in ("client_data_json", "response_form")


@pytest.mark.parametrize("type_", ["webauthn.create", "payment.get", "webauthn.get ", "", 1])
def test_step_10_type_is_webauthn_get(type_: object) -> None:
    """N147."""
    assert refusal_of(Lies(type=type_)) == "client_data_type"


@pytest.mark.parametrize(
    "challenge",
    [b64url(hashlib.sha256(b"another").digest()), b64url(GET_CHALLENGE) + "==", "", 5, {}],
)
def test_step_11_challenge_is_the_one_that_was_issued(challenge: object) -> None:
    """N146, T51 as far as the verification function sees it."""
    assert refusal_of(Lies(challenge=challenge)) == "challenge"


def test_step_12_each_listed_origin_is_accepted() -> None:
    assert Ceremony().sign_in(Lies(origin=ORIGIN))
    assert Ceremony().sign_in(Lies(origin=ANDROID))


@pytest.mark.parametrize(
    "origin",
    [
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://evil.app.example.com",
        "https://app.example.com.evil.test",
        "https://badexample.com",
        "https://xn--pp-8cd.example.com",
        "android:apk-key-hash:" + "B" * 43,
        "null",
        None,
        7,
    ],
)
def test_step_12_every_other_origin_is_refused(origin: object) -> None:
    """T52, N148."""
    members = {"type": "webauthn.get", "challenge": b64url(GET_CHALLENGE), "origin": origin}
    assert refusal_of(Lies(client_data_json=json.dumps(members).encode())) == "origin"


def test_step_12_an_origin_that_is_listed_no_longer_is_refused() -> None:
    ceremony = Ceremony()
    elsewhere = RelyingParty(RELYING_PARTY.id, "Example", ("https://other.example.com",))
    step = refused_step(
        judge_assertion, ceremony.assertion(), ceremony.passkey(), relying_party=elsewhere
    )
    assert step == "origin"


@pytest.mark.parametrize("cross_origin", [True, "true", 1])
def test_step_13_a_cross_origin_frame_is_refused(cross_origin: object) -> None:
    """T46, N149."""
    assert refusal_of(Lies(cross_origin=cross_origin)) == "cross_origin"


def test_step_14_a_top_origin_is_refused() -> None:
    """N149."""
    assert refusal_of(Lies(top_origin="https://portal.test")) == "top_origin"


def test_step_15_rp_id_hash_is_that_of_the_relying_party() -> None:
    """N150, and N163's realm with another RP ID."""
    assert refusal_of(Lies(rp_id="other.test")) == "rp_id_hash"


def test_step_16_user_presence_is_required() -> None:
    """N151."""
    assert refusal_of(Lies(user_present=False)) == "user_presence"


def test_step_17_user_verification_is_required() -> None:
    """T45, N152."""
    assert refusal_of(Lies(user_verified=False)) == "user_verification"


def test_step_18_backup_state_without_eligibility_is_refused() -> None:
    """N153."""
    device_bound = Ceremony(SoftwareAuthenticator(origin=ORIGIN, backup_eligible=False))
    assert refusal_of(Lies(backup_state=True), device_bound) == "backup_state"


@pytest.mark.parametrize("eligible", [True, False])
def test_step_19_backup_eligibility_never_changes(eligible: bool) -> None:
    ceremony = Ceremony(SoftwareAuthenticator(origin=ORIGIN, backup_eligible=eligible))
    ceremony.register()
    lies = Lies(backup_eligible=not eligible, backup_state=False)
    assert refusal_of(lies, ceremony) == "backup_eligibility"


@pytest.mark.parametrize("backed_up", [True, False])
def test_step_19_backup_state_may_change_and_is_told(backed_up: bool) -> None:
    ceremony = Ceremony()
    ceremony.register(Lies(backup_state=not backed_up))
    assert ceremony.sign_in(Lies(backup_state=backed_up)).backup_state is backed_up
