"""Rotating a client secret: the new one is said once, the previous one works for a while."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.application import Application
from keybound.domain.ids import ApplicationId
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.edge import aws
from keybound.storage import keys
from keybound.storage.codec import decode, encode

from functions import composition
from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import client_body, make_application, refused_fields
from tests.support.log_lines import captured_log, members
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import new_sign_in
from tests.support.table_state import stored

DAY_S = 24 * 3600
UPDATE = ("applications:update",)


@pytest.fixture(autouse=True)
def today(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()
    forget_rooms()


@pytest.fixture
def made(platform: Platform) -> dict[str, Any]:
    return make_application(platform, client_body())


def secret_of(application: dict[str, Any]) -> str:
    said: str = application["protocol_config"]["client_secret"]
    return said


def rotate(platform: Platform, made: dict[str, Any], body: Any = None, **more: Any) -> Answer:
    return platform.manage("POST", f"/applications/{made['id']}:rotateSecret", body, **more)


def rotated(platform: Platform, made: dict[str, Any], body: Any = None) -> str:
    answer = rotate(platform, made, body)
    assert answer.status == 200, answer.text
    return secret_of(answer.json())


def use(platform: Platform, made: dict[str, Any], secret: str) -> Answer:
    """Ask for a token with a secret."""
    base = f"{platform.auth_base_url}{platform.realm_path}/applications/{made['id']}"
    pair = f"{made['protocol_config']['client_id']}:{secret}".encode()
    return platform.call(
        "POST",
        f"{base}/token",
        headers={"authorization": f"Basic {b64encode(pair).decode()}"},
        form={"grant_type": "client_credentials"},
    )


def works(platform: Platform, made: dict[str, Any], *secrets: str) -> list[bool]:
    answers = [use(platform, made, secret) for secret in secrets]
    for answer in answers:
        if answer.status != 200:
            check_json(answer, 401, "invalid_client")
    return [answer.status == 200 for answer in answers]


def test_both_secrets_work_for_a_day(platform: Platform, made: dict[str, Any]) -> None:
    old = secret_of(made)
    new = rotated(platform, made)
    assert new != old
    assert len(new) == len(old) == 64
    assert works(platform, made, old, new) == [True, True]
    platform.clock.advance(DAY_S - 1)
    assert works(platform, made, old, new) == [True, True]
    platform.clock.advance(1)
    assert works(platform, made, old, new) == [False, True]


def test_the_overlap_is_what_was_asked_for(platform: Platform, made: dict[str, Any]) -> None:
    old = secret_of(made)
    new = rotated(platform, made, {"expires_in": 30 * DAY_S})
    platform.clock.advance(30 * DAY_S - 1)
    assert works(platform, made, old, new) == [True, True]
    platform.clock.advance(1)
    assert works(platform, made, old, new) == [False, True]


def test_an_overlap_of_nothing_ends_the_old_secret_at_once(
    platform: Platform, made: dict[str, Any]
) -> None:
    new = rotated(platform, made, {"expires_in": 0})
    assert works(platform, made, secret_of(made), new) == [False, True]


def test_a_second_rotation_drops_the_oldest(platform: Platform, made: dict[str, Any]) -> None:
    first = secret_of(made)
    second = rotated(platform, made)
    third = rotated(platform, made)
    assert works(platform, made, first, second, third) == [False, True, True]


def test_the_resource_says_until_when_and_never_a_secret_again(
    platform: Platform, made: dict[str, Any]
) -> None:
    answer = rotate(platform, made, {"expires_in": 60})
    config = answer.json()["protocol_config"]
    assert answer.headers["cache-control"] == "no-store"
    read = platform.manage("GET", f"/applications/{made['id']}").json()["protocol_config"]
    assert "client_secret" not in read
    until = read["previous_client_secret_expire_time"]
    assert until == config["previous_client_secret_expire_time"]
    assert until.endswith("Z")
    rotated(platform, made, {"expires_in": 0})
    read = platform.manage("GET", f"/applications/{made['id']}").json()["protocol_config"]
    assert "previous_client_secret_expire_time" not in read


def test_only_hashes_are_stored(platform: Platform, made: dict[str, Any]) -> None:
    secrets = [secret_of(made), rotated(platform, made)]
    everything = repr(stored())
    assert not any(secret in everything for secret in secrets)


def test_an_update_in_between_keeps_both(platform: Platform, made: dict[str, Any]) -> None:
    old, new = secret_of(made), rotated(platform, made)
    path = f"/applications/{made['id']}"
    patch = {"application": {"display_name": "Renamed"}}
    assert platform.manage("PATCH", path, patch).status == 200
    assert works(platform, made, old, new) == [True, True]


def test_the_log_says_which_secret_was_used_and_no_secret(
    platform: Platform, made: dict[str, Any]
) -> None:
    old, new = secret_of(made), rotated(platform, made)
    with captured_log() as lines:
        use(platform, made, old)
        use(platform, made, new)
        use(platform, made, "wrong")
    said = [members(line).get("client_auth") for line in lines]
    assert said == ["previous_secret", "current_secret", None]
    assert {members(line).get("client_id") for line in lines[:2]} == {
        made["protocol_config"]["client_id"]
    }
    assert not any(secret in line for secret in (old, new) for line in lines)


BODIES: dict[str, Any] = {
    "negative": {"expires_in": -1},
    "longer than 30 days": {"expires_in": 30 * DAY_S + 1},
    "a text": {"expires_in": "60"},
    "true": {"expires_in": True},
    "a fraction": {"expires_in": 1.5},
    "null": {"expires_in": None},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_bad_overlap_is_refused_by_name(
    platform: Platform, made: dict[str, Any], body: Any
) -> None:
    assert refused_fields(rotate(platform, made, body)) == ["expires_in"]
    assert works(platform, made, secret_of(made)) == [True]


def test_a_body_that_is_no_object_is_refused(platform: Platform, made: dict[str, Any]) -> None:
    path = f"{platform.realm_path}/applications/{made['id']}:rotateSecret"
    for body in ("[]", "{", '"x"'):
        answer = platform.call("POST", path, body=body, token=platform.management_token())
        assert answer.status == 400
    assert works(platform, made, secret_of(made)) == [True]


def test_other_methods_and_verbs_are_not_there(platform: Platform, made: dict[str, Any]) -> None:
    path = f"/applications/{made['id']}"
    answer = platform.manage("GET", f"{path}:rotateSecret")
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert platform.manage("POST", f"{path}:rotate").status == 404
    assert platform.manage("POST", f"{path}:").status == 404


def test_a_public_client_has_nothing_to_rotate(platform: Platform) -> None:
    person = new_sign_in(platform, confidentiality="public", client_secret_hash="", pkce="s256")
    answer = rotate(platform, {"id": person.application.id})
    assert (answer.status, answer.json()["code"]) == (409, "conflict")


# --- Safe repetition


def keyed(platform: Platform, made: dict[str, Any], key: str, body: Any = None) -> Answer:
    path = f"{platform.realm_path}/applications/{made['id']}:rotateSecret"
    token, headers = platform.management_token(), {"Idempotency-Key": key}
    return platform.call("POST", path, json=body, token=token, headers=headers)


def test_a_repeat_with_its_key_says_the_same_secret_and_keeps_the_old_one(
    platform: Platform, made: dict[str, Any]
) -> None:
    """Without a key the repeat would be another rotation, and drop the secret that is in use."""
    first = keyed(platform, made, "a")
    again = keyed(platform, made, "a", {})  # no body and an empty one are the same call
    assert (first.status, again.status, again.body) == (200, 200, first.body)
    new = secret_of(first.json())
    assert new not in repr(stored())
    assert works(platform, made, secret_of(made), new) == [True, True]
    assert keyed(platform, made, "a", {"expires_in": 0}).status == 409
    assert works(platform, made, secret_of(made), new) == [True, True]


def test_the_key_of_one_application_rotates_no_other(
    platform: Platform, made: dict[str, Any]
) -> None:
    assert keyed(platform, made, "mine").status == 200
    other = make_application(platform, client_body())
    assert keyed(platform, other, "mine").status == 409
    assert works(platform, other, secret_of(other)) == [True]


def test_a_repeat_after_another_rotation_says_what_was_said_and_changes_nothing(
    platform: Platform, made: dict[str, Any]
) -> None:
    first = keyed(platform, made, "early")
    second, third = rotated(platform, made), rotated(platform, made)
    before = stored()
    assert keyed(platform, made, "early").body == first.body
    assert stored() == before
    assert works(platform, made, secret_of(first.json()), second, third) == [False, True, True]


# --- Who may


def test_the_scope_to_update_is_needed(platform: Platform, made: dict[str, Any]) -> None:
    for scopes in (["applications:read"], ["applications:create"], []):
        assert rotate(platform, made, scopes=scopes).status == 403
    assert rotate(platform, made, scopes=UPDATE).status == 200


def test_another_tenants_or_realms_application_does_not_exist(
    platform: Platform, made: dict[str, Any]
) -> None:
    other = platform.create_realm(platform.management).id
    unknown = {"id": "00000000-0000-4000-8000-000000000000"}
    there = f"/v1/tenants/{platform.tenant_id}/realms/{other}/applications"
    path = f"{there}/{made['id']}:rotateSecret"
    assert platform.manage("POST", path).status == 404
    assert rotate(platform, unknown).status == 404
    foreign = platform.management_token(client=platform.second_tenant())
    path = f"{platform.realm_path}/applications/{made['id']}:rotateSecret"
    assert platform.call("POST", path, token=foreign).status == 404
    assert works(platform, made, secret_of(made)) == [True]


def managed(platform: Platform) -> tuple[keys.Key, str]:
    client = platform.management
    a = ApplicationId(client.application_id)
    path = f"/v1/tenants/{client.tenant_id}/realms/{client.admin_realm_id}/applications/{a}"
    return keys.application(client.tenant_id, client.admin_realm_id, a), f"{path}:rotateSecret"


@pytest.fixture
def management_secret(platform: Platform) -> Iterator[None]:
    """Puts the management client's item back, whose secret the platform goes on using."""
    key, _ = managed(platform)
    before = platform.deployment.directory.get(key)
    assert before is not None
    yield
    platform.deployment.directory.put(before)


@pytest.mark.usefixtures("management_secret")
def test_the_managed_application_is_rotated_by_whoever_holds_all_its_scopes(
    platform: Platform,
) -> None:
    _, path = managed(platform)
    answer = platform.manage("POST", path, {"expires_in": 0})
    assert answer.status == 200, answer.text
    client = platform.management
    with pytest.raises(AssertionError):
        platform.management_token()
    renewed = replace(client, client_secret=secret_of(answer.json()))
    assert platform.management_token(client=renewed)


@pytest.mark.usefixtures("management_secret")
def test_nobody_raises_themselves_by_rotating_a_client_that_holds_more(
    platform: Platform,
) -> None:
    """Whoever reads the new secret is that client from then on."""
    _, path = managed(platform)
    for scopes in (UPDATE, tuple(s for s in MANAGEMENT_SCOPES if s != "events:read")):
        assert platform.manage("POST", path, scopes=scopes).status == 403
    assert platform.management_token()


# --- Faults


def test_when_aws_does_not_answer_nothing_is_rotated(
    platform: Platform, made: dict[str, Any]
) -> None:
    with fail_aws_call("UpdateItem", "before", times=10) as failed:
        assert rotate(platform, made).status == 503
    assert failed
    assert works(platform, made, secret_of(made)) == [True]


@pytest.mark.usefixtures("repeat")
def test_a_lost_answer_of_the_table_is_no_loss(platform: Platform, made: dict[str, Any]) -> None:
    """botocore repeats the write; the condition fails on what the first attempt wrote."""
    new = rotated(platform, made)
    assert works(platform, made, secret_of(made), new) == [True, True]


@pytest.fixture
def repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every update reach the table twice, as when the first answer was lost."""
    client = aws.dynamodb()
    once = client.update_item

    def twice(**members: Any) -> Any:
        once(**members)
        return once(**members)

    monkeypatch.setattr(client, "update_item", twice)


def test_an_item_from_before_rotation_existed_can_be_rotated(
    platform: Platform, made: dict[str, Any]
) -> None:
    where = keys.application(platform.tenant_id, platform.realm_id, ApplicationId(str(made["id"])))
    item = composition.directory().get(where)
    assert item is not None
    kept = {k: v for k, v in item.items() if not k.startswith("previous_secret")}
    composition.directory().put(kept)
    assert decode(Application, kept).previous_secret_expires_at == 0
    assert encode(decode(Application, kept))["client_secret_hash"] == item["client_secret_hash"]
    assert works(platform, made, secret_of(made), rotated(platform, made)) == [True, True]
