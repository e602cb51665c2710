"""What a mailed link proves when a passkey was bound through it (docs/adr/0049-…)."""

from typing import Any

import pytest
from keybound.domain.identity import Identity
from keybound.domain.tenancy import RealmPath
from keybound.oauth.claims import identity_claims
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities

from functions import composition
from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.binding_steps import BindingSteps, LinkSteps, identity_body
from tests.support.configuration_bodies import make_config
from tests.support.mailbox import link_in
from tests.support.platform import Platform


@pytest.fixture(scope="module")
def config_id(platform: Platform) -> str:
    return make_config(platform)


@pytest.fixture
def platform_mails(platform: Platform) -> list[Any]:
    platform.mails.clear()
    return platform.mails


def person(platform: Platform, config_id: str, address: str) -> BindingSteps:
    body = identity_body()
    body["identity"]["traits"]["primary_email_address"] = address
    return BindingSteps(platform, config_id, platform.manage("POST", "/identities", body).json())


def mailed(binding: BindingSteps) -> LinkSteps:
    answer = binding.make_job(delivery_method="EMAIL")
    assert answer.status == 200, answer.text
    job = answer.json()["credential_binding_job"]
    return LinkSteps(binding.platform, job, link_in(binding.platform.mails[-1]))


def bind_by_mail(binding: BindingSteps) -> None:
    assert mailed(binding).complete().status == 200


def stored(binding: BindingSteps) -> Identity:
    identities = Identities(composition.directory(), Contention(composition.randomness))
    path = RealmPath(binding.platform.tenant_id, binding.platform.realm_id)  # type: ignore[arg-type]
    found = identities.find(path, binding.identity["id"])
    assert found is not None
    return found


def verified(binding: BindingSteps) -> bool:
    claims = identity_claims(stored(binding), ["email"])
    return bool(claims["email_verified"])


def rename(binding: BindingSteps, address: str) -> None:
    binding.change(traits={"type": "traits_v0", "primary_email_address": address})


def test_binding_through_a_mailed_link_verifies_the_address(
    platform: Platform, config_id: str
) -> None:
    ada = person(platform, config_id, "one@a.example")
    link = mailed(ada)
    link.begun()
    assert not verified(ada)
    assert link.complete().status == 200
    assert verified(ada)
    assert len(ada.credentials()) == 1


def test_a_link_that_was_returned_proves_nothing(platform: Platform, config_id: str) -> None:
    ada = person(platform, config_id, "two@a.example")
    ada.bind()
    assert not verified(ada)


def test_changing_the_address_ends_it_also_when_it_is_changed_back(
    platform: Platform, config_id: str
) -> None:
    ada = person(platform, config_id, "three@a.example")
    bind_by_mail(ada)
    ada.change(display_name="Ada King")
    assert verified(ada)
    rename(ada, "other@a.example")
    assert not verified(ada)
    rename(ada, "three@a.example")
    assert not verified(ada)
    bind_by_mail(ada)
    assert verified(ada)


def test_a_link_mailed_to_the_old_address_does_not_verify_the_new_one(
    platform: Platform, config_id: str
) -> None:
    ada = person(platform, config_id, "four@a.example")
    link = mailed(ada)
    rename(ada, "victim@a.example")
    assert link.complete().status == 200
    assert not verified(ada)


def test_an_address_is_verified_for_one_identity_of_its_realm(
    platform: Platform, config_id: str
) -> None:
    """Case and compatibility forms are one address; the binding itself goes through."""
    first = person(platform, config_id, "five@a.example")
    second = person(platform, config_id, "Five@A.example")
    bind_by_mail(first)
    bind_by_mail(second)
    assert (verified(first), verified(second)) == (True, False)
    assert len(second.credentials()) == 1


def test_a_tag_makes_another_address(platform: Platform, config_id: str) -> None:
    first = person(platform, config_id, "six@a.example")
    second = person(platform, config_id, "six+tag@a.example")
    bind_by_mail(first)
    bind_by_mail(second)
    assert (verified(first), verified(second)) == (True, True)


@pytest.mark.parametrize("how", ["changed", "deleted"])
def test_who_lost_the_address_does_not_keep_others_from_it(
    platform: Platform, config_id: str, how: str
) -> None:
    first = person(platform, config_id, f"{how}@a.example")
    bind_by_mail(first)
    second = person(platform, config_id, f"{how}@a.example")
    if how == "changed":
        rename(first, f"now-{how}@a.example")
    else:
        first.delete()
    bind_by_mail(second)
    assert verified(second)


def test_the_same_identity_proves_it_with_every_passkey(platform: Platform, config_id: str) -> None:
    ada = person(platform, config_id, "seven@a.example")
    bind_by_mail(ada)
    bind_by_mail(ada)
    assert verified(ada)


def test_of_eight_who_prove_one_address_at_once_one_has_it(
    platform: Platform, config_id: str, platform_mails: list[Any]
) -> None:
    people = [person(platform, config_id, "eight@a.example") for _ in range(8)]
    links = [mailed(each) for each in people]
    bodies = [link.answer() for link in links]
    at_once(8, lambda n: links[n].complete(bodies[n]))
    for link, each in zip(links, people, strict=True):
        if not each.credentials():  # held off by the others' transactions: the link is still good
            assert link.complete().status == 200
    assert sum(verified(each) for each in people) == 1


def test_a_change_of_address_at_the_same_moment_never_verifies_the_new_one(
    platform: Platform, config_id: str
) -> None:
    for round_ in range(4):
        ada = person(platform, config_id, f"nine{round_}@a.example")
        link = mailed(ada)
        body = link.answer()
        steps = (lambda: link.complete(body).status, lambda: rename(ada, "victim@b.example"))  # noqa: B023
        at_once(2, lambda n: steps[n]())  # noqa: B023
        assert stored(ada).email == "victim@b.example"
        assert not verified(ada)


def test_a_completion_whose_answer_was_lost_has_verified_it(
    platform: Platform, config_id: str
) -> None:
    ada = person(platform, config_id, "ten@a.example")
    link = mailed(ada)
    body = link.answer()
    with fail_aws_call("TransactWriteItems", "after") as failed:
        assert link.complete(body).status == 200
    assert failed
    assert verified(ada)


def test_it_costs_no_further_round_trip(platform: Platform, config_id: str) -> None:
    ada = person(platform, config_id, "eleven@a.example")
    link = mailed(ada)
    body = link.answer()
    with count_aws_calls() as calls:
        assert link.complete(body).status == 200
    made = [call.operation for call in calls]
    assert made.count("TransactWriteItems") == 1
    assert made[-1] == "TransactWriteItems"
