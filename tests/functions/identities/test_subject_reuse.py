"""Whoever has left a username or an e-mail address leaves it to nobody, where applications know
people by it: the next holder would be let into the last one's accounts."""

from typing import Any

import pytest

from tests.support.binding_steps import identity_body
from tests.support.configuration_bodies import make_config
from tests.support.platform import Answer, Platform
from tests.support.sign_in import new_sign_in


@pytest.fixture
def realm(platform: Platform) -> Platform:
    """A fresh realm for each test, since an application of it decides."""
    platform.realm_id = platform.create_realm(platform.management).id
    return platform


def known_by(platform: Platform, subject_field: str) -> None:
    new_sign_in(platform, subject_field=subject_field)


def create(platform: Platform, username: str, email: str = "", **more: Any) -> Answer:
    body = identity_body(username, **more)
    body["identity"]["traits"]["primary_email_address"] = email or f"{username}@example.com"
    return platform.manage("POST", "/identities", body)


def patch(platform: Platform, made: Answer, **more: Any) -> Answer:
    path = f"/identities/{made.json()['id']}"
    traits = {"type": "traits_v0", **more.pop("traits", {})}
    return platform.manage("PATCH", path, {"identity": {"traits": traits, **more}})


def remove(platform: Platform, made: Answer) -> None:
    assert platform.manage("DELETE", f"/identities/{made.json()['id']}").status == 200


def is_refused(answer: Answer) -> bool:
    return answer.status == 409 and "allow_subject_reuse" in answer.json()["message"]


def test_a_deleted_username_is_not_handed_on_where_it_is_the_subject(realm: Platform) -> None:
    known_by(realm, "username")
    remove(realm, create(realm, "ada"))
    assert is_refused(create(realm, "ADA", "new@example.com"))
    assert (
        realm.manage("GET", "/identities?filter=traits.username%20eq%20%22ada%22").json()[
            "identities"
        ]
        == []
    )
    other = create(realm, "bob")
    assert is_refused(patch(realm, other, traits={"username": "ada"}))
    assert create(realm, "ada", "new@example.com", allow_subject_reuse=True).status == 200


def test_a_deleted_address_is_not_handed_on_where_it_is_the_subject(realm: Platform) -> None:
    known_by(realm, "email")
    remove(realm, create(realm, "ada", "ada@example.com"))
    assert create(realm, "ada", "other@example.com").status == 200, "nobody is known by a username"
    assert is_refused(create(realm, "bob", "Ada@Example.com"))
    bob = create(realm, "bob")
    assert is_refused(patch(realm, bob, traits={"primary_email_address": "ada@example.com"}))
    traits = {"primary_email_address": "ada@example.com"}
    assert patch(realm, bob, traits=traits, allow_subject_reuse=True).status == 200


@pytest.mark.parametrize("subject_field", ["id", "email"])
def test_where_no_application_minds_a_username_is_free_again(
    realm: Platform, subject_field: str
) -> None:
    known_by(realm, subject_field)
    remove(realm, create(realm, "ada", "old@example.com"))
    assert create(realm, "ada", "new@example.com").status == 200


def test_a_username_that_was_changed_away_counts_too_and_its_owner_may_return(
    realm: Platform,
) -> None:
    known_by(realm, "username")
    ada = create(realm, "ada")
    assert patch(realm, ada, traits={"username": "countess"}).status == 200
    assert is_refused(create(realm, "ada", "new@example.com"))
    assert patch(realm, ada, traits={"username": "Ada"}).status == 200
    assert patch(realm, ada, traits={"username": "countess"}).status == 200
    remove(realm, ada)
    assert is_refused(create(realm, "ada", "new@example.com"))
    assert is_refused(create(realm, "countess", "new@example.com"))


def test_an_application_that_comes_later_minds_what_was_left_before(realm: Platform) -> None:
    make_config(realm)
    remove(realm, create(realm, "ada"))
    known_by(realm, "username")
    assert is_refused(create(realm, "ada", "new@example.com"))


def test_another_realm_minds_nothing(realm: Platform) -> None:
    known_by(realm, "username")
    remove(realm, create(realm, "ada"))
    realm.realm_id = realm.create_realm(realm.management, "Elsewhere").id
    known_by(realm, "username")
    assert create(realm, "ada").status == 200


def test_what_is_remembered_names_nobody(realm: Platform) -> None:
    remove(realm, create(realm, "ada-lovelace", "countess@example.com"))
    items = realm.deployment.directory._client().scan(
        TableName=realm.deployment.directory.name,
        FilterExpression="begins_with(pk, :former)",
        ExpressionAttributeValues={":former": {"S": f"FORMER#{realm.tenant_id}#{realm.realm_id}#"}},
    )["Items"]
    assert len(items) == 2
    assert all(set(item) == {"pk", "sk", "identity_id"} for item in items)
    assert "lovelace" not in str(items)
    assert "example.com" not in str(items)


@pytest.mark.parametrize("flag", ["true", 1, None])
def test_the_permission_is_a_boolean(realm: Platform, flag: Any) -> None:
    assert create(realm, "ada", allow_subject_reuse=flag).status == 400
