"""The platform that other tests stand on: cheap to make, complete, and gone when stopped."""

import pytest
from keybound.domain.errors import Forbidden, NotFound, Unauthorized, Unavailable
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.domain.sealing_key import PURPOSES
from keybound.edge.http import Request
from keybound.storage.keys import Key
from keybound.storage.signing_keys import SigningKeys

from functions import composition
from functions.token_judges import management_auth
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.platform import Platform
from tools.cli import bootstrap


def request_with(token: str, tenant_id: str) -> Request:
    headers = {"authorization": f"Bearer {token}"}
    return Request("GET", "/", {"tenant_id": tenant_id}, "", headers, b"")


def test_a_management_token_is_admitted_in_its_tenant_only(platform: Platform) -> None:
    auth = management_auth()
    missing = NotFound("Realm", "0" * 16)
    token = platform.management_token(["realms:read"])

    caller = auth.require(request_with(token, platform.tenant_id), "realms:read", missing=missing)

    assert caller.scopes == {"realms:read"}
    with pytest.raises(Forbidden):
        auth.require(request_with(token, platform.tenant_id), "realms:create", missing=missing)
    with pytest.raises(NotFound):
        other = platform.second_tenant()
        auth.require(request_with(token, other.tenant_id), "realms:read", missing=missing)


def test_a_token_ends_when_the_clock_moves_past_its_time(platform: Platform) -> None:
    auth, missing = management_auth(), NotFound("Realm")
    token = platform.management_token()
    auth.require(request_with(token, platform.tenant_id), missing=missing)
    platform.clock.advance(3601)
    try:
        with pytest.raises(Unauthorized):
            auth.require(request_with(token, platform.tenant_id), missing=missing)
    finally:
        platform.clock.reset()


def test_bootstrapping_twice_changes_nothing(platform: Platform) -> None:
    before = SigningKeys(platform.deployment.directory).all()

    again = bootstrap.create_tenant(platform.deployment, "Other name", platform.tenant_id)

    assert bootstrap.create_sealing_keys(platform.deployment) == []
    ids = tuple(key.kms_key_id for key in before)
    assert bootstrap.publish_signing_keys(platform.deployment, ids) == []
    assert SigningKeys(platform.deployment.directory).all() == before
    assert again.client_secret is None
    assert again.client_id == platform.management.client_id
    assert again.issuer == platform.management.issuer


def test_the_management_client_has_a_long_secret_and_every_scope(platform: Platform) -> None:
    client = platform.management
    assert client.client_secret is not None
    assert len(client.client_secret) >= 48
    assert len(client.client_id) == 24
    application = composition.configuration().find_application(
        client.tenant_id, client.admin_realm_id, client.application_id
    )
    assert application is not None
    assert application.allowed_scopes == MANAGEMENT_SCOPES
    assert client.client_secret not in str(application)


def test_every_purpose_seals_and_opens(platform: Platform) -> None:
    for purpose in PURPOSES:
        sealer = composition.sealer(purpose)
        assert sealer.open(sealer.seal(b"x", "test"), "test") == b"x"


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_both_algorithms_sign_what_the_verifier_accepts(platform: Platform, alg: str) -> None:
    token = platform.sign({"n": 1}, typ="test+jwt", alg=alg)
    assert composition.verifier().verify(token, typ="test+jwt") == {"n": 1}


def test_an_unknown_path_reaches_the_fallback_room(platform: Platform) -> None:
    answer = platform.call("GET", "/v1/nowhere")
    assert answer.status == 404
    assert answer.json()["code"] == "not_found"


def test_calls_to_aws_are_counted_with_their_parameters(platform: Platform) -> None:
    table = platform.deployment.directory
    item = {"pk": "COUNTED", "sk": "1"}
    with count_aws_calls() as calls:
        table.put(item)
    assert [(c.service, c.operation) for c in calls] == [("dynamodb", "PutItem")]
    assert calls[0].params["TableName"] == table.name


@pytest.mark.parametrize(("moment", "took_effect"), [("before", False), ("after", True)])
def test_a_call_to_aws_fails_before_or_after_it_took_effect(
    platform: Platform, moment: Moment, took_effect: bool
) -> None:
    table, key = platform.deployment.directory, Key("FAILED", moment)
    with fail_aws_call("PutItem", moment) as failed, pytest.raises(Unavailable):
        table.put(dict(key._asdict()))
    assert [call.operation for call in failed] == ["PutItem"]
    assert (table.get(key) is not None) is took_effect
