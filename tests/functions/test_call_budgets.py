"""What a warm request costs: real botocore calls, in rounds that are proved to overlap.

Cold, a room also reads its configuration (one GetItem an item), its sealing keys (one Query and
one Decrypt a purpose) and the published signing keys (one Query); all of it is then remembered.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from functions import composition
from tests.support.aws_calls import AwsCall, count_aws_calls
from tests.support.aws_rounds import expect_rounds
from tests.support.client_signatures import Assertions, ClientKey, Prover
from tests.support.oauth_answers import redirected
from tests.support.otp_steps import OtpSignIn, new_otp_sign_in, other_code
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import (
    INVOKE_URL,
    REDIRECT_URI,
    SECRET,
    VERIFIER,
    SignIn,
    new_sign_in,
)
from tests.support.software_authenticator import SoftwareAuthenticator

GRANTS = ("authorization_code", "client_credentials", "refresh_token")
CACHE_S = 30
NEVER = {"Query", "Scan", "TransactWriteItems", "TransactGetItems"}


@contextmanager
def caching(platform: Platform) -> Iterator[None]:
    """Caches as in a deployment."""
    os.environ["KEYBOUND_CACHE_TTL_S"] = str(CACHE_S)
    forget_rooms()
    try:
        yield
    finally:
        platform.clock.reset()
        os.environ["KEYBOUND_CACHE_TTL_S"] = "0"
        forget_rooms()


@pytest.fixture
def warm(platform: Platform) -> Iterator[SignIn]:
    """A person whose sign-in has been through every room once."""
    with caching(platform):
        yield warmed(new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",)))


def warmed(person: SignIn) -> SignIn:
    assert person.userinfo(person.tokens()["access_token"]).status == 200
    assert client_credentials(person).status == 200
    return person


def client_credentials(person: SignIn) -> Any:
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    return person.token({"grant_type": "client_credentials", **client})


def reads_are_consistent(calls: list[AwsCall]) -> None:
    """Every read says ConsistentRead; none goes through an index; none lists anything."""
    assert [call.operation for call in calls if call.operation in NEVER] == []
    for call in calls:
        if call.operation == "GetItem":
            assert call.params["ConsistentRead"] is True
        if call.operation == "BatchGetItem":
            assert all(t["ConsistentRead"] is True for t in call.params["RequestItems"].values())


def only(calls: list[AwsCall], operation: str) -> AwsCall:
    (found,) = [call for call in calls if call.operation == operation]
    return found


def table(call: AwsCall) -> str:
    return str(call.params["TableName"])


def test_authorize_calls_nothing(warm: SignIn) -> None:
    query = urlencode(warm.parameters())
    with count_aws_calls() as calls:
        answer = warm.platform.call("GET", f"{warm.issuer}/authorize?{query}")
    assert redirected(answer, f"{INVOKE_URL}/bi-authenticate")
    assert calls == []


def test_a_pushed_request_adds_one_write_one_read_and_a_write_in_the_round_of_the_login(
    warm: SignIn,
) -> None:
    with expect_rounds(("PutItem",)):
        uri = warm.push().json()["request_uri"]
    with expect_rounds(("GetItem",)) as calls:
        answer = warm.authorize_pushed(uri)
    reads_are_consistent(calls)
    request = redirected(answer, f"{INVOKE_URL}/bi-authenticate")["request"]
    assertion = warm.assertion(request)
    with expect_rounds(("BatchGetItem",), ("PutItem", "UpdateItem")) as calls:
        assert warm.authenticate(request, assertion).status == 200
    consumption = only(calls, "UpdateItem")
    assert "used_at = :zero" in consumption.params["ConditionExpression"]


def test_signing_out_costs_one_write(warm: SignIn) -> None:
    hint = warm.tokens()["id_token"]
    with expect_rounds(("UpdateItem",)):
        assert warm.end_session(id_token_hint=hint).status == 200


def test_authenticate_reads_once_and_writes_once(warm: SignIn) -> None:
    request = warm.request()
    assertion = warm.assertion(request)
    with expect_rounds(("BatchGetItem",), ("PutItem",)) as calls:
        assert warm.authenticate(request, assertion).status == 200
    reads_are_consistent(calls)
    wanted = calls[0].params["RequestItems"]
    assert list(wanted) == [composition.settings().directory_table]
    assert len(next(iter(wanted.values()))["Keys"]) == 2
    assert table(calls[1]) == composition.settings().grants_table
    assert calls[1].params["ConditionExpression"] == "attribute_not_exists(pk)"
    assert calls[1].params["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_authenticate_writes_a_moved_counter_in_the_same_round(platform: Platform) -> None:
    device = SoftwareAuthenticator(origin="https://app.example.com", backup_eligible=False)
    with caching(platform):
        person = warmed(new_sign_in(platform, authenticator=device, grant_types=GRANTS))
        request = person.request()
        assertion = person.assertion(request)
        with expect_rounds(("BatchGetItem",), ("PutItem", "UpdateItem")) as calls:
            assert person.authenticate(request, assertion).status == 200
        update = only(calls, "UpdateItem")
        assert table(update) == composition.settings().directory_table
        condition = update.params["ConditionExpression"]
        assert "sign_count < :count" in condition
        assert "#state = :active" in condition


def test_a_code_costs_one_round_and_one_round_of_signing(warm: SignIn) -> None:
    code = warm.code()
    with expect_rounds(("BatchGetItem", "PutItem", "UpdateItem"), ("Sign", "Sign")) as calls:
        assert warm.redeem(code).status == 200
    reads_are_consistent(calls)
    settings = composition.settings()
    burn = only(calls, "UpdateItem")
    assert table(burn) == settings.grants_table
    for part in ("code_hash", "client_id", "redirect_uri", "code_challenge", "code_expires_at"):
        assert part in burn.params["ConditionExpression"]
    for part in ("used_at = :zero", "revoked_at = :zero"):
        assert part in burn.params["ConditionExpression"]
    assert burn.params["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
    assert table(only(calls, "PutItem")) == settings.grants_table
    for sign in (call for call in calls if call.operation == "Sign"):
        assert sign.params["MessageType"] == "RAW"


def test_a_refresh_costs_one_round_and_one_round_of_signing(warm: SignIn) -> None:
    token = warm.tokens()["refresh_token"]
    with expect_rounds(("BatchGetItem", "UpdateItem"), ("Sign", "Sign")) as calls:
        assert warm.refresh(token).status == 200
    reads_are_consistent(calls)
    rotation = only(calls, "UpdateItem")
    assert table(rotation) == composition.settings().grants_table
    for part in ("generation = :shown", "refresh_hash = :shown_hash", "client_id = :client"):
        assert part in rotation.params["ConditionExpression"]
    for part in ("revoked_at = :zero", "token_expires_at > :now", "#f.expires_at > :now"):
        assert part in rotation.params["ConditionExpression"]
    assert rotation.params["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_a_repeated_refresh_costs_the_same(warm: SignIn) -> None:
    token = warm.tokens()["refresh_token"]
    assert warm.refresh(token).status == 200
    with expect_rounds(("BatchGetItem", "UpdateItem"), ("Sign", "Sign")):
        assert warm.refresh(token).status == 200


def test_a_refresh_that_asks_for_more_costs_nothing(warm: SignIn) -> None:
    token = warm.tokens()["refresh_token"]
    with count_aws_calls() as calls:
        assert warm.refresh(token, scope="openid orders").status == 400
        assert warm.refresh("x").status == 400
    assert calls == []


def test_without_openid_one_token_is_signed(warm: SignIn) -> None:
    warm.change_application(allowed_scopes=("orders",))
    code = warm.code(scope="orders")
    with expect_rounds(("BatchGetItem", "PutItem", "UpdateItem"), ("Sign",)):
        assert warm.redeem(code).status == 200


def test_client_credentials_costs_one_signature(warm: SignIn) -> None:
    with expect_rounds(("Sign",)):
        assert client_credentials(warm).status == 200


def test_userinfo_reads_login_identity_and_passkey_in_one_batch(warm: SignIn) -> None:
    token = warm.tokens()["access_token"]
    with expect_rounds(("BatchGetItem",)) as calls:
        assert warm.userinfo(token).status == 200
    reads_are_consistent(calls)
    wanted = calls[0].params["RequestItems"]
    settings = composition.settings()
    assert {name: len(t["Keys"]) for name, t in wanted.items()} == {
        settings.grants_table: 2,  # the login, and whether the token was ended
        settings.directory_table: 2,
    }


def test_a_proof_costs_one_write_before_the_code_and_none_more_at_userinfo(warm: SignIn) -> None:
    """RFC 9449: at userinfo the proof is spent in the round that reads."""
    mine = Prover(warm)
    mine.learn()
    code = warm.code()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        "client_id": warm.application.client_id,
        "client_secret": SECRET,
    }
    burn = ("BatchGetItem", "PutItem", "UpdateItem")
    with expect_rounds(("PutItem",), burn, ("Sign", "Sign")) as calls:
        tokens = warm.token(form, {"dpop": mine.proof()})
    reads_are_consistent(calls)
    headers = mine.for_userinfo(tokens.json()["access_token"])
    url = f"{warm.issuer}/userinfo"
    with expect_rounds(("BatchGetItem", "PutItem")) as calls:
        assert warm.platform.call("GET", url, headers=headers).status == 200
    reads_are_consistent(calls)


def test_an_assertion_costs_one_write_before_the_grant(warm: SignIn) -> None:
    """RFC 7523."""
    key = ClientKey(kid="k1")
    warm.change_application(
        token_endpoint_auth_method="private_key_jwt", jwks=key.jwks, client_secret_hash=""
    )
    warm.platform.clock.advance(CACHE_S)
    form = {"grant_type": "client_credentials"}
    assert warm.token(form | Assertions(warm, key).form()).status == 200
    with expect_rounds(("PutItem",), ("Sign",)):
        assert warm.token(form | Assertions(warm, key).form()).status == 200


@pytest.fixture
def opaque(platform: Platform) -> Iterator[SignIn]:
    """A person whose application has referential tokens."""
    with caching(platform):
        person = new_sign_in(
            platform,
            grant_types=GRANTS,
            allowed_scopes=("orders",),
            token_format="referential",
        )
        yield warmed(person)


def test_a_referential_token_is_written_while_the_id_token_is_signed(opaque: SignIn) -> None:
    code = opaque.code()
    first = ("BatchGetItem", "PutItem", "UpdateItem")
    with expect_rounds(first, ("PutItem", "Sign")) as calls:
        assert opaque.redeem(code).status == 200
    reads_are_consistent(calls)
    kept = calls[-1] if calls[-1].operation == "PutItem" else calls[-2]
    assert table(kept) == composition.settings().grants_table
    assert kept.params["ConditionExpression"] == "attribute_not_exists(pk)"


def test_a_referential_token_of_a_refresh_or_a_client_costs_one_write(opaque: SignIn) -> None:
    token = opaque.tokens()["refresh_token"]
    with expect_rounds(("BatchGetItem", "UpdateItem"), ("PutItem", "Sign")):
        assert opaque.refresh(token).status == 200
    with expect_rounds(("PutItem",)):
        assert client_credentials(opaque).status == 200


def test_userinfo_with_a_referential_token_still_reads_one_batch(opaque: SignIn) -> None:
    token = opaque.tokens()["access_token"]
    with expect_rounds(("BatchGetItem",)) as calls:
        assert opaque.userinfo(token).status == 200
    reads_are_consistent(calls)
    wanted = calls[0].params["RequestItems"]
    settings = composition.settings()
    assert {name: len(t["Keys"]) for name, t in wanted.items()} == {
        settings.grants_table: 3,
        settings.directory_table: 2,
    }


def test_a_management_call_asks_once_whether_its_token_was_ended(warm: SignIn) -> None:
    platform, token = warm.platform, warm.platform.management_token()
    path = f"{platform.realm_path}/applications/{warm.application.id}"
    assert platform.call("GET", path, token=token).status == 200
    with count_aws_calls() as calls:
        assert platform.call("GET", path, token=token).status == 200
    grants = composition.settings().grants_table
    about_tokens = [call for call in calls if call.params.get("TableName") == grants]
    assert [call.operation for call in about_tokens] == ["GetItem"]
    assert about_tokens[0].params["ConsistentRead"] is True
    assert about_tokens[0].params["Key"]["pk"]["S"].startswith("DENIED#")


@pytest.mark.parametrize("document", ["openid-configuration", "jwks.json"])
def test_discovery_calls_nothing(warm: SignIn, document: str) -> None:
    url = f"{warm.issuer}/.well-known/{document}"
    assert warm.platform.call("GET", url).status == 200
    with count_aws_calls() as calls:
        assert warm.platform.call("GET", url).status == 200
    assert calls == []


@pytest.fixture
def by_mail(platform: Platform) -> Iterator[OtpSignIn]:
    """Somebody who has signed in by a one-time password once, so that the address is proven."""
    with caching(platform):
        platform.watch()
        person = new_otp_sign_in(platform, grant_types=GRANTS)
        person.redeemed()
        yield person
    platform.watch()


def test_a_one_time_password_is_asked_for_in_a_read_two_writes_and_a_call_not_waited_for(
    by_mail: OtpSignIn,
) -> None:
    """The read is of the request's earlier codes. Nothing here knows people: the Directory is not
    asked at all."""
    request = by_mail.sign_in.request()
    with expect_rounds(("GetItem",), ("UpdateItem",), ("UpdateItem",), ("Invoke",)) as calls:
        assert by_mail.ask(request).status == 200
    by_mail.platform.accepted.clear()
    reads_are_consistent(calls)
    assert {table(call) for call in calls[:3]} == {composition.settings().grants_table}
    assert calls[3].params["InvocationType"] == "Event"


def test_a_one_time_password_is_redeemed_in_a_count_a_read_and_the_login(
    by_mail: OtpSignIn,
) -> None:
    request = by_mail.sign_in.request()
    session = by_mail.session(request)
    code = by_mail.mailed_code()
    with expect_rounds(("UpdateItem",), ("GetItem",), ("PutItem",)) as calls:
        assert by_mail.redeem(request, session, code).status == 200
    reads_are_consistent(calls)
    assert calls[2].params["ConditionExpression"] == "attribute_not_exists(pk)"


def test_a_wrong_one_time_password_costs_its_count_alone(by_mail: OtpSignIn) -> None:
    request = by_mail.sign_in.request()
    session = by_mail.session(request)
    with expect_rounds(("UpdateItem",)):
        assert by_mail.redeem(request, session, other_code(by_mail.mailed_code())).status == 400


def test_signing_up_by_a_one_time_password_adds_two_transactions(by_mail: OtpSignIn) -> None:
    """It makes an identity and proves its address; the next sign-in does neither."""
    by_mail.sign_in.change_config(one_time_password_creates_identities=True)
    by_mail.platform.clock.advance(CACHE_S)
    request = by_mail.sign_in.request()
    session = by_mail.session(request, "newcomer@example.com")
    code = by_mail.mailed_code()
    made = ("TransactWriteItems",)
    with expect_rounds(("UpdateItem",), made, made, ("GetItem",), ("PutItem",)):
        assert by_mail.redeem(request, session, code).status == 200


REFUSED: dict[str, dict[str, str | None]] = {
    "wrong secret": {"client_secret": "wrong"},
    "unknown grant": {"grant_type": "password"},
    "no verifier form": {"code_verifier": "short"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_a_token_request_that_shows_nothing_costs_nothing(
    warm: SignIn, changes: dict[str, str | None]
) -> None:
    code = warm.code()
    with count_aws_calls() as calls:
        assert warm.redeem(code, **changes).status in (400, 401)
        assert warm.redeem("x").status == 400
    assert calls == []


def test_a_forged_request_or_token_costs_nothing(warm: SignIn) -> None:
    request = warm.request()
    assertion = warm.assertion(request)
    token = warm.tokens()["access_token"]
    with count_aws_calls() as calls:
        assert warm.authenticate(request[:-2] + "AA", assertion).status == 400
        assert warm.userinfo(token[:-2] + "AA").status == 401
    assert calls == []
