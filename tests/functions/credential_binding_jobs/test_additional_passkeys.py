"""Another passkey for an identity that has one: what a link needs, and when that is judged.

T54: registration needs the link or a fresh passkey sign-in. T64: a step-up is a new assertion by a
passkey; recent tokens of other kinds count for nothing.
"""

import re
from typing import Any

import pytest
from keybound.domain.management_scopes import MANAGEMENT_SCOPES

from tests.support.binding_steps import ORIGIN, BindingSteps, LinkSteps, new_binding
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.software_authenticator import SoftwareAuthenticator

LESSER = ["credential-binding-jobs:create"]
FULL = [*LESSER, "authenticators:add"]
WINDOW_S = 15 * 60


def make(steps: BindingSteps, scopes: list[str], **job: object) -> Answer:
    body = {"delivery_method": "RETURN", "authenticator_config_id": steps.config_id, **job}
    path = f"{steps.managed}/credential-binding-jobs"
    return steps.platform.manage("POST", path, {"job": body}, scopes=scopes)


def link_of(steps: BindingSteps, answer: Answer) -> LinkSteps:
    assert answer.status == 200, answer.text
    made = answer.json()
    return LinkSteps(
        steps.platform, made["credential_binding_job"], made["credential_binding_link"]
    )


@pytest.fixture
def steps(platform: Platform) -> BindingSteps:
    return new_binding(platform)


@pytest.fixture
def person(platform: Platform) -> SignIn:
    """Somebody with a passkey, and an application to sign in to."""
    return new_sign_in(platform)


def steps_of(person: SignIn) -> BindingSteps:
    return BindingSteps(person.platform, person.config.id, {"id": person.identity.id})


def bind(steps: BindingSteps, answer: Answer) -> Answer:
    link = link_of(steps, answer)
    begun = link.begin()
    if begun.status != 200:
        return begun
    content = begun.json()
    credential = SoftwareAuthenticator(ORIGIN).create(content["public_key"])
    body = {"binding_session": content["binding_session"], "credential": credential}
    return link.complete(body)


def test_a_first_passkey_needs_no_more_than_a_link(steps: BindingSteps) -> None:
    assert bind(steps, make(steps, LESSER)).status == 200
    assert len(steps.credentials()) == 1


def test_another_passkey_needs_the_scope_or_a_sign_in(steps: BindingSteps) -> None:
    steps.bind()

    refused = make(steps, LESSER)

    assert refused.status == 403
    assert "authenticators:add" in refused.json()["message"]
    assert 'scope="authenticators:add"' in refused.headers["www-authenticate"]
    jobs = steps.platform.manage("GET", f"{steps.managed}/credential-binding-jobs").json()
    assert jobs["total_size"] == 1  # that of the first passkey alone


def test_rfc9728_5_1_each_refusal_for_want_of_the_scope_names_the_metadata(
    steps: BindingSteps,
) -> None:
    """Once, whichever way the link is asked for."""
    steps.bind()
    link = link_of(steps, make(steps, FULL))
    resend = f"{link.managed}:resend"
    for refused in (
        make(steps, LESSER),
        make(steps, LESSER, delivery_method="EMAIL"),
        make(steps, ["authenticators:add"]),
        steps.platform.manage("POST", resend, {}, scopes=LESSER),
    ):
        assert refused.status == 403
        challenge = refused.headers["www-authenticate"]
        (url,) = re.findall(r'resource_metadata="([^"]*)"', challenge)
        metadata = steps.platform.call("GET", url).json()
        assert metadata["resource"].endswith(f"/v1/tenants/{steps.platform.tenant_id}")
        assert refused.json()["details"][0]["www_authenticate"] == challenge


def shown(steps: BindingSteps, made: Answer) -> dict[str, Any]:
    """The job as a read shows it."""
    job = made.json()["credential_binding_job"]
    path = f"/identities/{job['identity_id']}/credential-binding-jobs/{job['id']}"
    found: dict[str, Any] = steps.platform.manage("GET", path).json()
    return found


def test_the_scope_alone_makes_no_links(steps: BindingSteps) -> None:
    assert make(steps, ["authenticators:add"]).status == 403


def test_with_the_scope_another_passkey_is_added(steps: BindingSteps) -> None:
    steps.bind()
    made = make(steps, FULL)
    assert shown(steps, made)["adding_proof"] == "SCOPE"
    assert bind(steps, made).status == 200
    assert len(steps.credentials()) == 2


def test_a_mailed_link_needs_it_too_and_no_mail_goes_out(steps: BindingSteps) -> None:
    steps.bind()
    sent = len(steps.platform.mails)
    assert make(steps, LESSER, delivery_method="EMAIL").status == 403
    assert len(steps.platform.mails) == sent


def test_of_two_links_for_a_first_passkey_one_binds(steps: BindingSteps) -> None:
    """A link that was made while there was no passkey is no way round the rule afterwards."""
    first, second = link_of(steps, make(steps, LESSER)), link_of(steps, make(steps, LESSER))
    late = second.answer(SoftwareAuthenticator(ORIGIN))
    assert first.complete().status == 200

    refused = second.complete(late)

    assert refused.status == 403
    assert "first passkey" in refused.json()["message"]
    assert second.begin().status == 403
    assert second.state() == "LINK_OPENED"
    assert len(steps.credentials()) == 1


def test_once_no_passkey_is_active_a_link_is_for_a_first_one_again(steps: BindingSteps) -> None:
    bound = steps.bind()
    link = link_of(steps, make(steps, FULL))
    answer = steps.platform.manage("POST", f"{steps.managed}/credentials/{bound['id']}:revoke", {})
    assert answer.status == 200
    assert link.complete().status == 200
    assert make(steps, LESSER).status == 403


def test_sending_a_link_again_takes_the_scope_of_who_sends_it(steps: BindingSteps) -> None:
    """Else a lesser token would be handed a link that adds passkeys."""
    steps.bind()
    link = link_of(steps, make(steps, FULL))
    refused = steps.platform.manage("POST", f"{link.managed}:resend", {}, scopes=LESSER)
    assert refused.status == 403
    assert link.begin().status == 200  # nothing changed
    again = steps.platform.manage("POST", f"{link.managed}:resend", {}, scopes=FULL)
    assert bind(steps, again).status == 200


def test_a_link_sent_again_by_a_lesser_token_is_for_a_first_passkey(steps: BindingSteps) -> None:
    made = link_of(steps, make(steps, FULL))
    again = steps.platform.manage("POST", f"{made.managed}:resend", {}, scopes=LESSER)
    assert "adding_proof" not in shown(steps, again)
    steps.bind()
    assert link_of(steps, again).begin().status == 403


def test_a_policy_that_is_made_stricter_holds_for_links_that_are_out(steps: BindingSteps) -> None:
    steps.bind()
    link = link_of(steps, make(steps, FULL))
    policy = {"config": {"additional_passkey_policy": "fresh_sign_in"}}
    path = f"/authenticator-configs/{steps.config_id}"
    assert steps.platform.manage("PATCH", path, {"authenticator_config": policy}).status == 200
    assert link.begin().status == 403
    refused = make(steps, list(MANAGEMENT_SCOPES))
    assert refused.status == 403
    assert "fresh sign-in" in refused.json()["message"]


def test_a_policy_that_there_is_not_is_refused(steps: BindingSteps) -> None:
    config = {"config": {"additional_passkey_policy": "anybody"}}
    path = f"/authenticator-configs/{steps.config_id}"
    refused = steps.platform.manage("PATCH", path, {"authenticator_config": config})
    assert refused.status == 400
    field = refused.json()["details"][0]["field_violations"][0]["field"]
    assert field == "authenticator_config.config.additional_passkey_policy"


@pytest.mark.parametrize("policy", ["management_token", "fresh_sign_in"])
def test_a_fresh_sign_in_by_a_passkey_lets_its_owner_add_one(person: SignIn, policy: str) -> None:
    person.change_config(additional_passkey_policy=policy)
    steps = steps_of(person)
    made = make(steps, LESSER, id_token=person.tokens()["id_token"])
    assert shown(steps, made)["adding_proof"] == "SIGN_IN"
    assert bind(steps, made).status == 200


def test_a_sign_in_of_five_minutes_ago_is_no_longer_fresh(person: SignIn) -> None:
    id_token = person.tokens()["id_token"]
    person.platform.clock.advance(299)
    assert make(steps_of(person), LESSER, id_token=id_token).status == 200
    person.platform.clock.advance(1)
    assert_proves_nothing(person, id_token)


def test_refreshed_tokens_keep_the_time_of_the_sign_in(person: SignIn) -> None:
    """T64: a new token is no new sign-in."""
    person.change_application(grant_types=("authorization_code", "refresh_token"))
    tokens = person.tokens(scope="openid offline_access")
    person.platform.clock.advance(300)
    refreshed = person.refresh(tokens["refresh_token"]).json()
    assert_proves_nothing(person, refreshed["id_token"])


def test_a_link_made_on_a_sign_in_adds_for_a_quarter_of_an_hour(person: SignIn) -> None:
    steps = steps_of(person)
    link = link_of(steps, make(steps, LESSER, id_token=person.tokens()["id_token"]))
    person.platform.clock.advance(WINDOW_S - 1)
    late = link.answer(SoftwareAuthenticator(ORIGIN))
    person.platform.clock.advance(1)
    assert link.complete(late).status == 403
    refused = link.begin()
    assert refused.status == 403
    assert "too long" in refused.json()["message"]


def test_tokens_of_other_kinds_prove_nothing(person: SignIn) -> None:
    tokens = person.tokens()
    assert_proves_nothing(person, tokens["access_token"])
    assert_proves_nothing(person, person.platform.management_token())
    assert_proves_nothing(person, "x")
    assert_proves_nothing(person, tokens["id_token"][:-2])
    assert_proves_nothing(person, "x" * 9000)
    assert_proves_nothing(person, "")


def test_another_persons_sign_in_proves_nothing(person: SignIn, platform: Platform) -> None:
    assert_proves_nothing(person, new_sign_in(platform).tokens()["id_token"])


def test_a_sign_in_that_was_ended_proves_nothing(person: SignIn) -> None:
    tokens = person.tokens()
    assert person.end_session(id_token_hint=tokens["id_token"]).status == 200
    assert_proves_nothing(person, tokens["id_token"])


def test_a_sign_in_by_a_passkey_that_was_revoked_proves_nothing(person: SignIn) -> None:
    tokens = person.tokens()
    person.change_passkey(state="REVOKED")
    assert_proves_nothing(person, tokens["id_token"])


def test_a_sign_in_by_another_method_proves_nothing(person: SignIn) -> None:
    """T64: a fresh sign-in by a code from a mail is no passkey."""
    from keybound.storage import keys

    from functions import composition

    id_token = person.tokens()["id_token"]
    logins = composition.grants()
    for item in logins._client().scan(TableName=logins.name)["Items"]:
        if item["pk"]["S"].startswith("LOGIN#") and "amr" in item:
            key = keys.Key(item["pk"]["S"], item["sk"]["S"])
            logins.update(key, "SET amr = :otp", "attribute_exists(pk)", values={":otp": ["otp"]})
    assert_proves_nothing(person, id_token)


def test_an_id_token_that_is_not_needed_is_judged_all_the_same(steps: BindingSteps) -> None:
    refused = make(steps, FULL, id_token="x")
    assert refused.status == 400


def assert_proves_nothing(person: SignIn, id_token: str) -> None:
    for scopes in (LESSER, FULL):
        refused = make(steps_of(person), scopes, id_token=id_token)
        assert refused.status == 400, refused.text
        fields = refused.json()["details"][0]["field_violations"]
        assert [each["field"] for each in fields] == ["job.id_token"]
