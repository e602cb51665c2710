"""AWS fails in the middle of a sign-in by one-time password."""

import pytest
from keybound.domain.errors import Unavailable

from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.mailbox import ses_answers
from tests.support.otp_steps import OtpSignIn, new_otp_sign_in
from tests.support.platform import Platform

MOMENTS: tuple[Moment, ...] = ("before", "after")


@pytest.fixture(scope="module")
def otp(platform: Platform) -> OtpSignIn:
    return new_otp_sign_in(platform)


def calls_of_asking(otp: OtpSignIn) -> int:
    request = otp.sign_in.request()
    with count_aws_calls() as calls:
        otp.ask(request)
    otp.platform.accepted.clear()
    return len(calls)


def test_an_asking_that_fails_anywhere_is_503_for_everybody(platform: Platform) -> None:
    """T58: also when AWS fails, the unknown are treated as the known."""
    new_otp_sign_in(platform).redeemed()  # now keys are remembered
    for which in range(1, calls_of_asking(new_otp_sign_in(platform)) + 1):
        for moment in MOMENTS:
            answers = []
            for address in ("", f"nobody-{which}-{moment}@example.com"):
                otp = new_otp_sign_in(platform)
                request = otp.sign_in.request()
                with fail_aws_call(which, moment) as failed:
                    answers.append(otp.ask(request, address))
                assert failed
            assert answers[0].status == answers[1].status == 503
            assert answers[0].text == answers[1].text
    platform.accepted.clear()


def test_a_redeeming_that_fails_anywhere_is_503_and_makes_no_second_login(
    platform: Platform,
) -> None:
    new_otp_sign_in(platform).redeemed()  # now keys are remembered
    otp = new_otp_sign_in(platform)
    request = otp.sign_in.request()
    session = otp.session(request)
    with count_aws_calls() as calls:
        assert otp.redeem(request, session, otp.mailed_code()).status == 200
    for which in range(1, len(calls) + 1):
        for moment in MOMENTS:
            person = new_otp_sign_in(platform)
            request = person.sign_in.request()
            session = person.session(request)
            code = person.mailed_code()
            with fail_aws_call(which, moment) as failed:
                answer = person.redeem(request, session, code)
            assert failed
            assert answer.status in (200, 503), (which, moment, answer.text)
            again = person.redeem(request, session, code)
            assert again.status == 200 or again.json()["error"] == "invalid_request"
            if answer.status == 200:
                assert again.status == 400


def test_of_many_right_codes_at_once_one_wins(platform: Platform) -> None:
    """N176, T51."""
    otp = new_otp_sign_in(platform)
    request = otp.sign_in.request()
    session = otp.session(request)
    code = otp.mailed_code()
    answers = at_once(5, lambda _: otp.redeem(request, session, code).status)
    assert sorted(map(str, answers)) == ["200", "400", "400", "400", "400"]


@pytest.mark.parametrize("what", ["TooManyRequestsException", "timeout", "timeout after accepting"])
def test_a_mail_that_was_not_taken_is_tried_again_with_the_same_code(
    otp: OtpSignIn, what: str
) -> None:
    fresh = new_otp_sign_in(otp.platform)
    request = fresh.sign_in.request()
    session = fresh.ask(request).json()["otp_session"]
    (later,) = otp.platform.accepted
    otp.platform.accepted.clear()
    with ses_answers(what), pytest.raises(Unavailable):
        later.run()
    assert later.run() == {"outcome": "sent"}
    assert later.run() == {"outcome": "sent"}  # Lambda may call once more
    codes = {mail.text for mail in otp.platform.mails if mail.to == [fresh.address]}
    assert len(codes) == 1
    assert fresh.redeem(request, session, fresh.mailed_code()).status == 200


def test_a_mail_that_was_refused_is_not_tried_again(otp: OtpSignIn) -> None:
    fresh = new_otp_sign_in(otp.platform)
    fresh.ask(fresh.sign_in.request())
    with ses_answers("MessageRejected"):
        assert otp.platform.run_accepted() == [{"outcome": "refused"}]


def test_mailing_that_fails_at_any_read_or_write_is_tried_again(otp: OtpSignIn) -> None:
    fresh = new_otp_sign_in(otp.platform)
    fresh.ask(fresh.sign_in.request())
    (later,) = otp.platform.accepted
    otp.platform.accepted.clear()
    with count_aws_calls() as calls:
        later.run()
    for which, call in enumerate(calls, 1):
        if call.service == "dynamodb":
            with fail_aws_call(which, "before"), pytest.raises(Unavailable):
                later.run()
    assert later.run() == {"outcome": "sent"}
