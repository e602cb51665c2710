"""What rooms really do to the tables is what the manifest grants: verb, table and first of the key.

Emulators of IAM know no `dynamodb:LeadingKeys`, so the prefixes are proved here, and that the
templates carry them in tests/infra.
"""

import pytest

from functions.manifest import ROOMS, Grant, Room, Table, room
from tests.support.aws_calls import AwsCall
from tests.support.batch_steps import BATCHES, BatchSteps
from tests.support.configuration_bodies import make_config
from tests.support.granted import calls_by_room, refused
from tests.support.otp_steps import new_otp_sign_in
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
REMEMBERING = [room.name for room in ROOMS if any(g.table is Table.GRANTS for g in room.grants)]


def sign_in_and_out(person: SignIn) -> None:
    pushed = person.push().json()["request_uri"]
    assert person.authorize_pushed(pushed).status == 302
    tokens = person.tokens()
    tokens = person.refresh(tokens["refresh_token"]).json() | {"id_token": tokens["id_token"]}
    assert person.userinfo(tokens["access_token"]).status == 200
    assert person.introspect(tokens["access_token"]).json()["active"]
    listed = f"/applications/{person.application.id}/tokens"
    query = f"principal_type=identity&principal_id={person.identity.id}"
    found = person.platform.manage("GET", f"{listed}?{query}")
    assert found.status == 200, found.text
    for token in found.json()["tokens"]:
        ended = person.platform.manage("DELETE", f"{listed}/{token['id']}")
        assert ended.status == 200, ended.text
    tokens = person.tokens()
    assert person.revoke(tokens["access_token"]).status == 200
    assert person.end_session(id_token_hint=tokens["id_token"]).status == 200
    again = person.tokens()
    assert person.revoke(again["refresh_token"]).status == 200


def sign_in_by_mail(platform: Platform) -> None:
    otp = new_otp_sign_in(platform)
    otp.forget_passkeys()
    assert otp.bind(otp.redeemed()["passkey_binding_token"]).status == 200


def mail_a_link(platform: Platform) -> None:
    traits = {"type": "traits_v0", "username": "ida", "primary_email_address": "ida@example.com"}
    body = {"identity": {"display_name": "Ida", "traits": traits}}
    made = platform.manage("POST", "/identities", body)
    jobs = f"/identities/{made.json()['id']}/credential-binding-jobs"
    job = {"delivery_method": "EMAIL", "authenticator_config_id": make_config(platform)}
    assert platform.manage("POST", jobs, {"job": job}).status == 200


def mail_a_batch(platform: Platform) -> None:
    steps = BatchSteps(platform, make_config(platform))
    body = steps.body([steps.person()["id"], "0" * 16])
    path, token = f"{platform.realm_path}{BATCHES}", platform.management_token()
    headers = {"idempotency-key": "batch"}
    made = platform.call("POST", path, json=body, token=token, headers=headers)
    assert made.status == 200, made.text
    assert steps.results(made.json()["id"])["total_pending_count"] == 2


def test_rooms_touch_no_item_that_their_role_would_refuse(platform: Platform) -> None:
    with calls_by_room() as found:
        for token_format in ("self_contained", "referential"):
            sign_in_and_out(
                new_sign_in(
                    platform,
                    grant_types=GRANTS,
                    token_format=token_format,
                    backchannel_logout_uri="https://app.example.com/signed-out",
                ),
            )
        sign_in_by_mail(platform)
        mail_a_link(platform)
        mail_a_batch(platform)
        for scheduled in (each for each in ROOMS if each.schedule_minutes):
            if not scheduled.signing_mode:
                platform.run_scheduled(scheduled.name)
    assert [
        text for name in found for call in found[name] for text in refused(room(name), call)
    ] == []
    seen = {"authenticate", "token", "userinfo", "introspect", "revoke", "end_session", "tokens"}
    seen |= {"par", "authorize", "otp", "otp_mail", "otp_redeem", "passkey_binding"}
    seen |= {"credential_binding_jobs", "backchannel_logout"}
    seen |= {"batch_credential_binding_jobs", "batch_job_queue"}
    assert seen <= set(found)


def test_every_grant_of_the_logins_table_says_which_keys() -> None:
    assert len(REMEMBERING) > 15
    for name in REMEMBERING:
        assert [g for g in room(name).grants if g.table is Table.GRANTS and not g.leading] == []


WRITER = Room("writer", room("token").proof, (Grant(Table.GRANTS, ("PutItem",), leading=("A#",)),))


@pytest.mark.parametrize(
    ("operation", "keys", "allowed"),
    [("PutItem", ["A#1"], True), ("PutItem", ["B#1"], False), ("DeleteItem", ["A#1"], False)],
)
def test_the_judge_of_calls_refuses_what_was_not_granted(
    platform: Platform, operation: str, keys: list[str], allowed: bool
) -> None:
    table = platform.deployment.directory.name.replace("directory", "grants")
    (pk,) = keys
    call = AwsCall("dynamodb", operation, {"TableName": table, "Key": {"pk": {"S": pk}}})
    assert (refused(WRITER, call) == []) is allowed


def test_the_judge_of_calls_wants_one_grant_for_all_keys_of_a_transaction(
    platform: Platform,
) -> None:
    table = platform.deployment.directory.name.replace("directory", "grants")
    puts = [{"Put": {"TableName": table, "Item": {"pk": {"S": pk}}}} for pk in ("A#1", "B#1")]
    call = AwsCall("dynamodb", "TransactWriteItems", {"TransactItems": puts})
    assert len(refused(WRITER, call)) == 2
