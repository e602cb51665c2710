"""Identities made by one-time passwords, where the config says so and nowhere else."""

import itertools
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from keybound.domain.errors import TooManyRequests
from keybound.domain.newcomer import newcomer_address
from keybound.domain.tenancy import RealmPath
from keybound.storage.mail_counts import MailCounts

from functions import composition
from tests.support.at_once import at_once
from tests.support.aws_calls import AwsCall, count_aws_calls, fail_aws_call
from tests.support.binding_steps import LinkSteps
from tests.support.otp_steps import OtpSignIn, new_otp_sign_in
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms

_NUMBERS = itertools.count()


@pytest.fixture
def otp(platform: Platform) -> OtpSignIn:
    platform.clock.reset()
    made = new_otp_sign_in(platform)
    made.sign_in.change_config(one_time_password_creates_identities=True)
    return made


def new_address() -> str:
    return f"newcomer-{next(_NUMBERS)}@example.com"


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json().get("error", "")


def having(otp: OtpSignIn, address: str) -> list[dict[str, Any]]:
    """The identities with that address, as management lists them."""
    path = f'/identities?filter=traits.primary_email_address eq "{address}"'
    found: list[dict[str, Any]] = otp.platform.manage("GET", path.replace(" ", "%20")).json()[
        "identities"
    ]
    return found


def signs_up(otp: OtpSignIn, address: str, **parameters: str | None) -> dict[str, Any]:
    request = otp.sign_in.request(**parameters)
    session = otp.session(request, address)
    answer = otp.redeem(request, session, otp.mailed_code())
    assert answer.status == 200, answer.text
    members: dict[str, Any] = answer.json()
    return members


def test_a_right_code_makes_the_identity_with_its_address_proven(otp: OtpSignIn) -> None:
    address = new_address()
    answer = signs_up(otp, address.replace("newcomer", "NewComer"), scope="openid email")
    assert otp.platform.mails[-1].to == [address]
    (made,) = having(otp, address)
    assert made["traits"] == {
        "type": "traits_v0",
        "username": address,
        "primary_email_address": address,
    }
    assert (made["display_name"], made["status"]) == (address, "active")
    (code,) = parse_qs(urlsplit(answer["redirect_url"]).query)["code"]
    tokens = otp.sign_in.redeem(code).json()
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["amr"]) == (made["id"], ["otp"])
    assert (claims["email"], claims["email_verified"]) == (address, True)


def test_the_newcomer_binds_a_first_passkey_and_comes_back_as_the_same_person(
    otp: OtpSignIn,
) -> None:
    address = new_address()
    token = signs_up(otp, address)["passkey_binding_token"]
    link = LinkSteps(otp.platform, {}, otp.bind(token).json()["credential_binding_link"])
    assert link.complete().status == 200
    signs_up(otp, address)
    assert len(having(otp, address)) == 1


def test_by_default_nobody_is_created_or_mailed(otp: OtpSignIn) -> None:
    otp.sign_in.change_config(one_time_password_creates_identities=False)
    address, mails = new_address(), len(otp.platform.mails)
    otp.session(otp.sign_in.request(), address)
    assert len(otp.platform.mails) == mails
    assert having(otp, address) == []


def test_a_wrong_code_makes_nobody(otp: OtpSignIn) -> None:
    address = new_address()
    request = otp.sign_in.request()
    session = otp.session(request, address)
    wrong = "000000" if otp.mailed_code() != "000000" else "000001"
    assert told(otp.redeem(request, session, wrong)) == (400, "invalid_one_time_password")
    assert having(otp, address) == []
    assert otp.redeem(request, session, otp.mailed_code()).status == 200


def test_the_setting_counts_when_the_code_is_redeemed_too(otp: OtpSignIn) -> None:
    address = new_address()
    request = otp.sign_in.request()
    session = otp.session(request, address)
    otp.sign_in.change_config(one_time_password_creates_identities=False)
    answer = otp.redeem(request, session, otp.mailed_code())
    assert told(answer) == (400, "invalid_one_time_password")
    assert having(otp, address) == []


@pytest.mark.parametrize("who", ["suspended", "shared", "username", "too long", "odd"])
def test_who_may_not_sign_up_gets_no_mail_and_is_not_made_again(otp: OtpSignIn, who: str) -> None:
    address = new_address()
    body: dict[str, Any] = {"type": "traits_v0", "primary_email_address": address}
    names = {"suspended": ["a"], "shared": ["a", "b"], "username": [address]}.get(who, [])
    for name in names:
        traits = body | {"username": name if "@" in name else f"{name}-{address[:-12]}"}
        if who == "username":
            traits["primary_email_address"] = "other@example.com"
        status = "suspended" if who == "suspended" else "active"
        identity = {"display_name": "Ada", "status": status, "traits": traits}
        answer = otp.platform.manage("POST", "/identities", {"identity": identity})
        assert answer.status == 200, answer.text
    typed = {"too long": f"{'a' * 60}@example.com", "odd": f"a=b{address}"}.get(who, address)
    before, mails = len(having(otp, typed)), len(otp.platform.mails)
    request = otp.sign_in.request()
    session = otp.session(request, typed)
    assert len(otp.platform.mails) == mails
    assert told(otp.redeem(request, session, "123456")) == (400, "invalid_one_time_password")
    assert len(having(otp, typed)) == before


def test_two_at_once_make_one_identity(otp: OtpSignIn) -> None:
    address = new_address()
    asked = []
    for _ in range(2):
        request = otp.sign_in.request()
        session = otp.session(request, address)
        asked.append((request, session, otp.mailed_code()))
    answers = at_once(2, lambda n: otp.redeem(*asked[n]))
    assert [a.status for a in answers if isinstance(a, Answer)] == [200, 200]
    assert len(having(otp, address)) == 1


def test_somebody_else_who_took_the_username_meanwhile_is_not_signed_in(otp: OtpSignIn) -> None:
    address = new_address()
    request = otp.sign_in.request()
    session = otp.session(request, address)
    traits = {"type": "traits_v0", "username": address, "primary_email_address": "x@example.com"}
    body = {"identity": {"display_name": "X", "traits": traits}}
    assert otp.platform.manage("POST", "/identities", body).status == 200
    answer = otp.redeem(request, session, otp.mailed_code())
    assert answer.status == 400
    assert having(otp, address) == []


def test_an_address_that_was_anothers_is_not_handed_on_where_applications_know_people_by_it(
    otp: OtpSignIn,
) -> None:
    """As at management's creations; there `allow_subject_reuse` hands it on."""
    address = new_address()
    signs_up(otp, address)
    (made,) = having(otp, address)
    assert otp.platform.manage("DELETE", f"/identities/{made['id']}").status == 200
    otp.sign_in.change_application(subject_field="email")
    request = otp.sign_in.request()
    session = otp.session(request, address)
    assert otp.redeem(request, session, otp.mailed_code()).status == 400
    assert having(otp, address) == []
    otp.sign_in.change_application(subject_field="id")
    signs_up(otp, address)  # a person of its own, with another id
    (again,) = having(otp, address)
    assert again["id"] != made["id"]


def test_a_hint_for_somebody_else_makes_nobody(otp: OtpSignIn) -> None:
    address = new_address()
    request = otp.sign_in.request(login_hint="somebody@example.org")
    session = otp.session(request, address)
    assert otp.redeem(request, session, otp.mailed_code()).status == 400
    assert having(otp, address) == []


def test_mails_to_newcomers_use_up_nobodys_share(
    otp: OtpSignIn, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T16: made-up addresses are counted apart from people who are known."""
    path = RealmPath(platform.tenant_id, platform.realm_id)
    newcomers = MailCounts(composition.grants(), per_recipient=0, per_realm=3, kind="otp newcomer")
    monkeypatch.setenv("KEYBOUND_MAILS_PER_REALM", "3")
    forget_rooms()
    platform.watch()
    with pytest.raises(TooManyRequests):
        for _ in range(4):
            newcomers.admit_realm(path, platform.clock.now())
    mails = len(platform.mails)
    otp.session(otp.sign_in.request(), new_address())
    assert len(platform.mails) == mails
    monkeypatch.undo()
    forget_rooms()
    platform.watch()
    otp.session(otp.sign_in.request())
    assert len(platform.mails) == mails + 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whichever_call_fails_a_second_try_signs_in_one_newcomer(
    otp: OtpSignIn, moment: Any
) -> None:
    with count_aws_calls() as calls:
        signs_up(otp, new_address())
    writes = [call for call in calls if call.operation == "TransactWriteItems"]
    assert len(writes) == 2  # the identity; its proven address
    for _ in writes:
        address = new_address()
        request = otp.sign_in.request()
        session = otp.session(request, address)
        code = otp.mailed_code()
        with fail_aws_call("TransactWriteItems", moment):
            first = otp.redeem(request, session, code)
        assert first.status in (200, 503)
        if first.status == 503:
            assert otp.redeem(request, session, code).status == 200
        assert len(having(otp, address)) == 1


def shape(calls: list[AwsCall]) -> list[tuple[str, str, Any]]:
    names = ("TableName", "UpdateExpression", "ConditionExpression", "FunctionName")
    return [(c.service, c.operation, [c.params.get(name) for name in names]) for c in calls]


@pytest.mark.parametrize("creates", [False, True])
def test_asking_and_guessing_cost_the_same_for_everybody(otp: OtpSignIn, creates: bool) -> None:
    """T58, with the setting on and off."""
    otp.sign_in.change_config(one_time_password_creates_identities=creates)
    seen = []
    for address in (otp.address, new_address()):
        request = otp.sign_in.request()
        with count_aws_calls() as asking:
            asked = otp.ask(request, address)
        otp.platform.accepted.clear()
        with count_aws_calls() as guessing:
            refused = otp.redeem(request, asked.json()["otp_session"], "000000")
        seen.append((asked.status, told(refused), shape(asking), shape(guessing)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("ada+x@example.com", "ada+x@example.com"),
        ("a=b@example.com", ""),
        (f"{'a' * 53}@example.com", ""),
        (f"{'a' * 52}@example.com", f"{'a' * 52}@example.com"),
        ("ada", ""),
    ],
)
def test_a_newcomers_address_is_a_username_too(typed: str, address: str) -> None:
    assert newcomer_address(typed) == address
