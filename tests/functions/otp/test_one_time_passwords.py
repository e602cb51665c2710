"""Who gets in by a mailed code, and who does not."""

from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.one_time_password import LIFETIME_S, MAX_TRIES, RESEND_AFTER_S
from keybound.storage import keys
from keybound.storage.codec import encode
from keybound.storage.identity_filters import filter_attributes

from functions import composition
from tests.support.aws_calls import AwsCall, count_aws_calls
from tests.support.log_lines import captured_log, members
from tests.support.otp_steps import OtpSignIn, new_otp_sign_in, other_code
from tests.support.platform import Answer, Platform
from tests.support.sign_in import ORIGIN

WRONG = (400, "invalid_one_time_password")
OVER = (400, "invalid_request")


@pytest.fixture
def otp(platform: Platform) -> OtpSignIn:
    platform.clock.reset()
    return new_otp_sign_in(platform)


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json().get("error", "")


def put_identity(otp: OtpSignIn, **changes: Any) -> Any:
    """Another identity of the same realm."""
    other = replace(otp.sign_in.identity, id=composition.randomness(8).hex(), passkeys=())
    other = replace(other, **changes)
    key = keys.identity(other.tenant_id, other.realm_id, other.id)
    item = {**key._asdict(), **encode(other), **filter_attributes(other)}
    otp.platform.deployment.directory.put(item)
    return other


def test_a_wrong_code_may_be_followed_by_the_right_one(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    session = otp.session(request)
    code = otp.mailed_code()
    assert told(otp.redeem(request, session, other_code(code))) == WRONG
    assert otp.redeem(request, session, code).status == 200


def test_five_tries_over_all_codes_of_a_request(otp: OtpSignIn) -> None:
    """T15: a new code does not reset the count, and the right one comes too late."""
    request = otp.sign_in.request()
    session = otp.session(request)
    code = otp.mailed_code()
    for number in range(1, MAX_TRIES):
        assert told(otp.redeem(request, session, other_code(code, number))) == WRONG
    otp.platform.clock.advance(RESEND_AFTER_S)
    session = otp.session(request)
    newer = otp.mailed_code()
    assert told(otp.redeem(request, session, other_code(newer))) == WRONG
    assert told(otp.redeem(request, session, newer)) == OVER


def test_what_has_not_the_form_of_a_code_costs_no_try(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    session = otp.session(request)
    for text in ("12345", "1234567", "12345a", "١٢٣٤٥٦", " 12345"):
        assert told(otp.redeem(request, session, text)) == WRONG
    for body in ({"code": 123456}, {"code": None}, {"otp_session": 7}, {"request": []}):
        assert told(otp.redeem(request, session, "123456", **body)) == OVER
    assert otp.redeem(request, session, otp.mailed_code()).status == 200


def test_another_page_cannot_redeem(otp: OtpSignIn) -> None:
    """T14: the session is the asking page's own; without it nothing is even counted."""
    request = otp.sign_in.request()
    session = otp.session(request)
    code = otp.mailed_code()
    for _ in range(MAX_TRIES + 1):
        assert told(otp.redeem(request, "another-session", code)) == OVER
    assert otp.redeem(request, session, code).status == 200


def test_a_code_opens_its_own_request_only(otp: OtpSignIn) -> None:
    request, other = otp.sign_in.request(), otp.sign_in.request()
    session = otp.session(request)
    assert told(otp.redeem(other, session, otp.mailed_code())) == OVER
    foreign = new_otp_sign_in(otp.platform)
    assert told(foreign.redeem(request, session, otp.mailed_code())) == OVER
    damaged = request[:-2] + ("A" if request[-2] != "A" else "B") + request[-1]
    assert told(otp.redeem(damaged, session, otp.mailed_code())) == OVER


def test_a_code_works_once(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    session = otp.session(request)
    code = otp.mailed_code()
    assert otp.redeem(request, session, code).status == 200
    assert told(otp.redeem(request, session, code)) == OVER


def test_one_request_gives_one_code_by_passkey_or_by_mail(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    session = otp.session(request)
    assert otp.sign_in.authenticate(request).status == 200
    assert told(otp.redeem(request, session, otp.mailed_code())) == OVER
    request = otp.sign_in.request()
    session = otp.session(request)
    assert otp.redeem(request, session, otp.mailed_code()).status == 200
    assert told(otp.sign_in.authenticate(request)) == OVER


def test_a_code_lives_ten_minutes_and_its_request_with_it(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    session = otp.session(request)
    otp.platform.clock.advance(LIFETIME_S - 1)
    assert otp.redeem(request, session, otp.mailed_code()).status == 200
    request = otp.sign_in.request()
    session = otp.session(request)
    otp.platform.clock.advance(LIFETIME_S)
    assert told(otp.redeem(request, session, otp.mailed_code())) == OVER


def test_no_code_is_asked_for_with_a_request_past_its_time(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    otp.platform.clock.advance(300)
    assert told(otp.ask(request)) == OVER
    assert otp.platform.accepted == []


def test_a_newer_code_voids_the_one_before(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    first = otp.session(request)
    old = otp.mailed_code()
    assert told(otp.ask(request))[0] == 429  # too soon
    otp.platform.clock.advance(RESEND_AFTER_S)
    second = otp.session(request)
    assert told(otp.redeem(request, first, old)) == OVER
    assert otp.redeem(request, second, otp.mailed_code()).status == 200


def test_a_mail_for_a_code_that_was_voided_is_not_sent(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    otp.ask(request)
    otp.platform.clock.advance(RESEND_AFTER_S)
    otp.ask(request)
    before = len(otp.platform.mails)
    outcomes = [result["outcome"] for result in otp.platform.run_accepted()]
    assert outcomes == ["replaced", "sent"]
    assert len(otp.platform.mails) == before + 1


def test_three_mails_a_request_and_ten_a_day_to_a_mailbox(otp: OtpSignIn) -> None:
    """N176: over all requests, with tags and case taken as one; the next day it works again."""
    local, _, domain = otp.address.partition("@")
    spellings = (otp.address, f"{local}+tag@{domain}", otp.address.upper())
    for number in range(10):
        answer = otp.ask(otp.sign_in.request(), spellings[number % 3])
        assert answer.status == 200, answer.text
    refused = otp.ask(otp.sign_in.request())
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    otp.platform.clock.advance(86_400)
    request = otp.sign_in.request()
    for _ in range(3):
        assert otp.ask(request).status == 200
        otp.platform.clock.advance(RESEND_AFTER_S)
    assert otp.ask(request).status == 429
    otp.platform.accepted.clear()


def test_impatience_uses_up_no_mails_of_the_day(otp: OtpSignIn) -> None:
    """N176: an asking that is refused, because it comes too soon or after the third, counts for
    nothing; whoever presses the button twenty times can still sign in."""
    request = otp.sign_in.request()
    assert [otp.ask(request).status for _ in range(12)] == [200, *[429] * 11]
    for _ in range(2):
        otp.platform.clock.advance(RESEND_AFTER_S)
        assert otp.ask(request).status == 200
    otp.platform.clock.advance(RESEND_AFTER_S)
    assert [otp.ask(request).status for _ in range(12)] == [429] * 12
    otp.platform.accepted.clear()
    another = otp.sign_in.request()
    session = otp.session(another)
    assert otp.redeem(another, session, otp.mailed_code()).status == 200


def test_t60_where_the_config_lists_no_passkey_none_signs_in(otp: OtpSignIn) -> None:
    """Now or when the request was made; the person may still cancel."""
    both, by_mail = otp.sign_in.config.authentication_methods, ("email_one_time_password",)
    begun = otp.sign_in.request()
    otp.sign_in.change_config(authentication_methods=by_mail)
    assert told(otp.sign_in.authenticate(begun)) == OVER
    after = otp.sign_in.request()
    assert told(otp.sign_in.authenticate(after)) == OVER
    body = {"request": after, "error": "access_denied"}
    url = f"{otp.sign_in.issuer}/authenticate"
    assert otp.platform.call("POST", url, json=body).status == 200
    otp.sign_in.change_config(authentication_methods=both)
    assert told(otp.sign_in.authenticate(after)) == OVER
    assert otp.sign_in.authenticate(begun).status == 200


def test_links_by_mail_are_counted_apart(otp: OtpSignIn) -> None:
    for _ in range(10):
        otp.ask(otp.sign_in.request())
    otp.platform.accepted.clear()
    path = f"/identities/{otp.sign_in.identity.id}/credential-binding-jobs"
    job = {"delivery_method": "EMAIL", "authenticator_config_id": otp.sign_in.config.id}
    assert otp.platform.manage("POST", path, {"job": job}).status == 200


def shape(calls: list[AwsCall]) -> list[tuple[str, str, Any]]:
    """What of the calls does not hold values: operation, table, expressions."""
    names = ("TableName", "UpdateExpression", "ConditionExpression", "FunctionName")
    return [(c.service, c.operation, [c.params.get(name) for name in names]) for c in calls]


@pytest.mark.parametrize("who", ["unknown", "suspended", "shared"])
def test_nothing_tells_whether_somebody_is_known(otp: OtpSignIn, who: str) -> None:
    """T58: status, body shape, headers and AWS calls are those of a known address, at asking and
    at redeeming; and no mail goes out."""
    known = new_otp_sign_in(otp.platform)
    address = otp.address
    if who == "unknown":
        address = "nobody@example.com"
    elif who == "suspended":
        otp.sign_in.change_identity(status="suspended")
    else:
        put_identity(otp)
    seen = []
    for person, typed in ((known, known.address), (otp, address)):
        request, mails = person.sign_in.request(), len(otp.platform.mails)
        with count_aws_calls() as asking:
            asked = person.ask(request, typed)
        otp.platform.run_accepted()
        sent = len(otp.platform.mails) - mails
        with count_aws_calls() as redeeming:
            refused = person.redeem(request, asked.json()["otp_session"], "000000")
        headers = {k: v for k, v in asked.headers.items() if k != "date"}
        answered = (asked.status, sorted(asked.json()), headers, told(refused), refused.text)
        seen.append((answered, shape(asking), shape(redeeming)))
        assert sent == (1 if person is known else 0)
    if otp.mailed_code() != "000000":
        assert seen[0] == seen[1]
    assert ("lambda", "Invoke") in {call[:2] for call in seen[1][1]}


def test_the_owner_of_a_proven_address_signs_in_although_others_have_it(otp: OtpSignIn) -> None:
    otp.redeemed()
    put_identity(otp)
    request = otp.sign_in.request()
    session = otp.session(request)
    assert otp.redeem(request, session, otp.mailed_code()).status == 200


def test_the_mail_goes_to_the_address_that_the_identity_has(otp: OtpSignIn) -> None:
    otp.session(otp.sign_in.request(), otp.address.upper())
    assert otp.platform.mails[-1].to == [otp.address]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "suspended"},
        {"traits": {"username": "u", "primary_email_address": "b@b.example"}},
    ],
)
def test_what_changes_between_mail_and_code_counts(otp: OtpSignIn, changes: dict[str, Any]) -> None:
    request = otp.sign_in.request()
    session = otp.session(request)
    otp.sign_in.change_identity(**changes)
    assert told(otp.redeem(request, session, otp.mailed_code())) == WRONG


def test_a_hint_that_names_somebody_else_is_refused(otp: OtpSignIn) -> None:
    request = otp.sign_in.request(login_hint="somebody-else")
    session = otp.session(request)
    assert told(otp.redeem(request, session, otp.mailed_code())) == (400, "access_denied")


def test_only_where_the_config_lists_it_now_and_then(otp: OtpSignIn) -> None:
    both = otp.sign_in.config.authentication_methods
    request = otp.sign_in.request()
    session = otp.session(request)
    otp.sign_in.change_config(authentication_methods=("webauthn_passkey",))
    assert told(otp.ask(request)) == OVER
    assert told(otp.redeem(request, session, otp.mailed_code())) == OVER
    before = otp.sign_in.request()
    otp.sign_in.change_config(authentication_methods=both)
    assert told(otp.ask(before)) == OVER


@pytest.mark.parametrize(
    "email", ["", "ada", "a@b", "ä@example.com", "a@b.example\r\nBcc: x@y.z", 7]
)
def test_what_is_no_address_is_refused(otp: OtpSignIn, email: Any) -> None:
    request = otp.sign_in.request()
    assert told(otp.ask(request, "x@example.com", email=email)) == OVER
    assert otp.platform.accepted == []


def test_suspension_ends_a_login_by_code(otp: OtpSignIn) -> None:
    tokens = tokens_of(otp)
    assert otp.sign_in.userinfo(tokens["access_token"]).status == 200
    otp.sign_in.change_identity(session_epoch=otp.sign_in.identity.session_epoch + 1)
    assert otp.sign_in.userinfo(tokens["access_token"]).status == 401


def test_refresh_tokens_of_a_login_by_code_work_and_keep_its_amr(platform: Platform) -> None:
    otp = new_otp_sign_in(platform, grant_types=("authorization_code", "refresh_token"))
    tokens = tokens_of(otp, scope="openid offline_access")
    again = otp.sign_in.refresh(tokens["refresh_token"])
    assert again.status == 200, again.text


def tokens_of(otp: OtpSignIn, **parameters: str) -> dict[str, Any]:
    from urllib.parse import parse_qs, urlsplit

    url = otp.redeemed(**parameters)["redirect_url"]
    answer = otp.sign_in.redeem(parse_qs(urlsplit(url).query)["code"][0])
    assert answer.status == 200, answer.text
    members: dict[str, Any] = answer.json()
    return members


def test_only_trusted_origins_may_read_the_answers(otp: OtpSignIn) -> None:
    for path in ("otp", "otp/redeem", "credential-binding-jobs"):
        url = f"{otp.sign_in.issuer}/{path}"
        for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None)):
            preflight = otp.platform.call(
                "OPTIONS",
                url,
                headers={"origin": origin, "access-control-request-method": "POST"},
            )
            assert preflight.headers.get("access-control-allow-origin") == allowed
            answer = otp.platform.call("POST", url, headers={"origin": origin}, json={})
            assert answer.headers.get("access-control-allow-origin") == allowed
        assert otp.platform.call("GET", url).status == 405


def test_a_realm_that_had_its_mails_of_the_day_answers_alike_and_the_operator_hears_of_it(
    otp: OtpSignIn,
) -> None:
    """Nobody who signs in is told, so the log has to say why no code comes."""
    t, r = otp.sign_in.identity.tenant_id, otp.sign_in.identity.realm_id
    day = otp.platform.clock.now() // 86_400
    counter = {**keys.mail_count(t, r, "otp ", day)._asdict(), "mails": 10**6}
    composition.grants().put(counter)
    sent = len(otp.platform.mails)
    try:
        with captured_log() as written:
            otp.session(otp.sign_in.request())
    finally:
        composition.grants().delete(keys.mail_count(t, r, "otp ", day))
    assert len(otp.platform.mails) == sent
    line = members(written[-1])
    assert (line["room"], line["level"]) == ("otp_mail", "WARNING")
    assert "used up" in line["detail"] and otp.address not in written[-1]


def test_no_code_session_or_address_is_logged(otp: OtpSignIn) -> None:
    request = otp.sign_in.request()
    with captured_log() as written:
        session = otp.session(request)
        code = otp.mailed_code()
        answer = otp.redeem(request, session, code).json()
    lines = "\n".join(written)
    assert [members(line)["room"] for line in written] == ["otp", "otp_mail", "otp_redeem"]
    for secret in (session, f'"{code}"', otp.address, answer["passkey_binding_token"]):
        assert secret not in lines
