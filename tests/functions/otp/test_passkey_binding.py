"""A passkey binding token makes one job, for its identity, at its issuer's own endpoint."""

import pytest

from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.otp_steps import METHODS, OtpSignIn, new_otp_sign_in
from tests.support.platform import Platform


@pytest.fixture
def otp(platform: Platform) -> OtpSignIn:
    platform.clock.reset()
    return without_passkeys(platform)


def without_passkeys(platform: Platform) -> OtpSignIn:
    made = new_otp_sign_in(platform)
    made.forget_passkeys()
    return made


def test_a_mailed_code_adds_no_passkey_to_those_that_are_there(platform: Platform) -> None:
    """T64: a one-time password is no fresh sign-in by a passkey."""
    otp = new_otp_sign_in(platform)
    token = token_of(otp)
    refused = otp.bind(token)
    assert (refused.status, refused.json()["error"]) == (403, "access_denied")
    # A person's page is not told of scopes of another API.
    assert "www-authenticate" not in refused.headers and "scope" not in refused.text
    otp.forget_passkeys()
    assert otp.bind(token).status == 200  # and the refusal did not use it up


def token_of(otp: OtpSignIn) -> str:
    return str(otp.redeemed()["passkey_binding_token"])


def test_of_many_at_once_one_makes_a_job(otp: OtpSignIn) -> None:
    token = token_of(otp)
    statuses = at_once(6, lambda _: otp.bind(token).status)
    assert sorted(map(str, statuses)) == ["200", "401", "401", "401", "401", "401"]
    jobs = otp.platform.manage(
        "GET", f"/identities/{otp.sign_in.identity.id}/credential-binding-jobs"
    )
    assert jobs.json()["total_size"] == 1


def test_it_ends_after_ten_minutes(otp: OtpSignIn) -> None:
    token = token_of(otp)
    otp.platform.clock.advance(600)
    assert otp.bind(token).status == 401


def test_it_opens_nothing_else_and_nothing_else_opens_it(otp: OtpSignIn) -> None:
    """T6: neither the management API nor another application takes it; no other token does."""
    token = token_of(otp)
    path = f"{otp.platform.realm_path}/identities/{otp.sign_in.identity.id}"
    made = otp.platform.call("POST", f"{path}/credential-binding-jobs", token=token, json={})
    assert made.status == 401
    assert otp.sign_in.userinfo(token).status == 401
    assert new_otp_sign_in(otp.platform).bind(token).status == 401
    for other in (otp.sign_in.tokens()["access_token"], "x", otp.sign_in.code(), token[:-4]):
        assert otp.bind(other).status == 401
    assert otp.platform.call("POST", f"{otp.sign_in.issuer}/credential-binding-jobs").status == 401
    assert otp.bind(token).status == 200


def test_t60_once_one_time_passwords_are_switched_off_it_makes_no_job(otp: OtpSignIn) -> None:
    """Also for what was redeemed before: a code that leaked may be why they are."""
    token = token_of(otp)
    otp.sign_in.change_config(authentication_methods=("webauthn_passkey",))
    assert otp.bind(token).status == 401
    otp.sign_in.change_config(authentication_methods=METHODS)
    otp.sign_in.change_application(authenticator_config_id=None)
    assert otp.bind(token).status in (401, 404)


def test_a_suspended_persons_token_makes_no_job(otp: OtpSignIn) -> None:
    token = token_of(otp)
    otp.sign_in.change_identity(status="suspended", session_epoch=1)
    assert otp.bind(token).status == 401


def test_a_failure_makes_no_job_or_leaves_no_second_one(otp: OtpSignIn) -> None:
    assert otp.bind(token_of(otp)).status == 200  # now keys are remembered
    token = token_of(otp)
    with count_aws_calls() as calls:
        assert otp.bind(token).status == 200
    path = "/identities/{}/credential-binding-jobs"
    for which in range(1, len(calls) + 1):
        for moment in ("before", "after"):
            person = without_passkeys(otp.platform)
            token = token_of(person)
            with fail_aws_call(which, moment) as failed:  # type: ignore[arg-type]
                first = person.bind(token)
            assert failed
            assert first.status in (200, 503), (which, moment, first.text)
            second = person.bind(token)
            jobs = otp.platform.manage("GET", path.format(person.sign_in.identity.id)).json()
            assert jobs["total_size"] == 1, (which, moment, first.status, second.status)
