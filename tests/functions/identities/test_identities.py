"""The room `identities`: create, read, change, delete."""

import os
from typing import Any

import pytest

from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, fail_aws_call
from tests.support.binding_steps import identity_body, new_binding
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform

OPTIONAL = [
    "primary_email_address",
    "secondary_email_address",
    "external_id",
    "family_name",
    "given_name",
    "formatted_name",
    "middle_name",
    "honorific_prefix",
    "honorific_suffix",
    "nick_name",
    "title",
    "primary_phone",
    "secondary_phone",
    "profile_url",
    "photo",
    "preferred_language",
    "locale",
    "timezone",
    "formatted_address",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
    "user_type",
    "employee_number",
    "cost_center",
    "organization",
    "division",
    "department",
    "manager_id",
    "manager_name",
]
SPECIAL = {
    "primary_email_address": "ada@example.com",
    "secondary_email_address": "countess@example.org",
    "profile_url": "https://example.com/ada",
    "photo": "https://example.com/ada.png",
}


def create(platform: Platform, username: str = "", **identity: Any) -> dict[str, Any]:
    answer = platform.manage("POST", "/identities", identity_body(username, **identity))
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def patch(platform: Platform, made: dict[str, Any], **identity: Any) -> Answer:
    return platform.manage("PATCH", f"/identities/{made['id']}", {"identity": identity})


def read(platform: Platform, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = platform.manage("GET", f"/identities/{made['id']}").json()
    return found


def traits(username: str, **more: Any) -> dict[str, Any]:
    return {"type": "traits_v0", "username": username, **more}


# --- what is created


def test_an_identity_is_answered_bare_and_read_back(platform: Platform) -> None:
    made = create(platform, "ada")
    assert list(made) == [
        "id",
        "realm_id",
        "tenant_id",
        "display_name",
        "status",
        "traits",
        "create_time",
        "update_time",
    ]
    assert len(made["id"]) == 16
    assert (made["status"], made["realm_id"]) == ("active", platform.realm_id)
    assert made["traits"]["type"] == "traits_v0"
    assert read(platform, made) == made


def test_every_optional_trait_is_kept_and_can_be_removed(platform: Platform) -> None:
    texts = {name: SPECIAL.get(name, f"some {name}") for name in OPTIONAL}
    made = create(platform, traits=traits("every-trait", **texts))
    assert made["traits"] == traits("every-trait", **texts)
    gone = {name: None for name in OPTIONAL[::2]} | {name: "" for name in OPTIONAL[1::2]}
    changed = patch(platform, made, traits={"type": "traits_v0", **gone})
    assert changed.json()["traits"] == traits("every-trait")


def test_read_only_members_are_ignored(platform: Platform) -> None:
    """N123: no mass assignment."""
    sly = {
        "id": "0" * 16,
        "tenant_id": "1" * 16,
        "realm_id": "2" * 16,
        "create_time": "1970-01-01T00:00:00Z",
        "credential_epoch": 99,
        "passkeys": [{"id": "x"}],
        "verified_email": "ada@example.com",
        "enrollment_status": "ENROLLED",
    }
    made = create(platform, **sly)
    assert made["id"] != "0" * 16
    assert (made["tenant_id"], made["realm_id"]) == (platform.tenant_id, platform.realm_id)
    assert "enrollment_status" not in made
    changed = patch(platform, made, display_name="New", **sly).json()
    assert {k: v for k, v in changed.items() if k not in ("display_name", "update_time")} == {
        k: v for k, v in made.items() if k not in ("display_name", "update_time")
    }


def test_a_body_needs_no_json_content_type(platform: Platform) -> None:
    """N117: the seed product's own clients send text/plain."""
    import json

    answer = platform.call(
        "POST",
        f"{platform.realm_path}/identities",
        headers={"content-type": "text/plain;charset=UTF-8"},
        body=json.dumps(identity_body()),
        token=platform.management_token(),
    )
    assert answer.status == 200


# --- usernames


@pytest.mark.parametrize("wanted", ["TURING", "Turing", "\uff54uring"])
def test_a_username_that_is_taken_is_a_conflict(platform: Platform, wanted: str) -> None:
    """N121."""
    platform.manage("POST", "/identities", identity_body("turing"))
    answer = platform.manage("POST", "/identities", identity_body(wanted))
    assert answer.status == 409
    assert answer.json() == {
        "code": "conflict",
        "message": "username already exists",
        "details": [],
    }


def test_of_twenty_parallel_creates_exactly_one_gets_the_username(platform: Platform) -> None:
    """N121, at once."""
    before = platform.manage("GET", "/identities").json()["total_size"]
    bodies = [identity_body(name) for name in ("hopper", "HOPPER", "Hopper", "hoPPer") * 5]
    answers = at_once(20, lambda n: platform.manage("POST", "/identities", bodies[n]))
    assert [a for a in answers if isinstance(a, BaseException)] == []
    statuses = sorted(a.status for a in answers if isinstance(a, Answer))
    assert statuses == [200] + [409] * 19
    assert platform.manage("GET", "/identities").json()["total_size"] == before + 1


def test_a_changed_username_frees_the_old_one_and_takes_the_new(platform: Platform) -> None:
    made = create(platform, "old-name")
    changed = patch(platform, made, traits=traits("new-name"))
    assert changed.json()["traits"]["username"] == "new-name"
    assert changed.json()["traits"]["primary_email_address"] == "ada@example.com"
    assert create(platform, "OLD-name")["id"] != made["id"]
    taken = platform.manage("POST", "/identities", identity_body("NEW-NAME"))
    assert taken.status == 409


def test_a_change_to_a_taken_username_changes_nothing(platform: Platform) -> None:
    create(platform, "occupied")
    made = create(platform, "wanderer")
    answer = patch(platform, made, display_name="Changed", traits=traits("OCCUPIED"))
    assert answer.status == 409
    assert read(platform, made) == made


# --- refusals of form


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 65, "a{b", "a<b", "a!", "a\x00b", "a\r\nb", "a\u202eb", "\u2028", 7, None],
)
def test_a_display_name_that_breaks_the_rules_is_refused(platform: Platform, name: Any) -> None:
    """N119, T13."""
    answer = platform.manage("POST", "/identities", identity_body(display_name=name))
    assert refused_fields(answer) == ["identity.display_name"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ada",
        "ada ",
        "x" * 65,
        "a\u200bda",
        "a\u2066da",
        "a\u00adda",
        "a\ufe0fda",
        "a\u3164da",
        "a<img>",
        "a\tb",
        5,
    ],
)
def test_a_username_that_breaks_the_rules_is_refused(platform: Platform, name: Any) -> None:
    """N119, T13: no markup, and no characters that nobody can see."""
    answer = platform.manage("POST", "/identities", identity_body(traits=traits(name)))
    assert refused_fields(answer) == ["identity.traits.username"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"username": "x"}, "identity.traits.type"),
        ({"type": "traits_v9", "username": "x"}, "identity.traits.type"),
        ({"type": "traits_v0"}, "identity.traits.username"),
        ({"type": "traits_v0", "username": None}, "identity.traits.username"),
        (None, "identity.traits"),
        ([], "identity.traits"),
    ],
)
def test_traits_need_their_type_and_a_username(platform: Platform, sent: Any, field: str) -> None:
    """N120."""
    answer = platform.manage("POST", "/identities", identity_body(traits=sent))
    assert refused_fields(answer) == [field]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("primary_email_address", "no-at-sign"),
        ("primary_email_address", "two@at@example.com"),
        ("primary_email_address", "a@example.com\r\nBcc: b@example.com"),
        ("primary_email_address", "a b@example.com"),
        ("primary_email_address", "@example.com"),
        ("primary_email_address", "a@" + "e" * 253),
        ("secondary_email_address", "a@"),
        ("profile_url", "javascript:alert(1)"),
        ("profile_url", "https://example.com/" + "x" * 1024),
        ("photo", "data:image/png;base64,AAAA"),
        ("title", "x" * 257),
        ("given_name", "a\x00b"),
        ("family_name", 5),
        ("family_name", {"a": 1}),
    ],
)
def test_a_trait_that_breaks_its_rule_is_refused(platform: Platform, name: str, value: Any) -> None:
    body = identity_body(traits=traits("someone", **{name: value}))
    assert refused_fields(platform.manage("POST", "/identities", body)) == [
        f"identity.traits.{name}"
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b"null", 400),
        (b'{"identity": {}, "identity": {}}', 400),
        (b'{"identity": []}', 400),
        (b'{"identity": null}', 400),
        (b'{"display_name": "x"}', 400),
        (b'{"identity": {"display_name": "\\ud800"}}', 400),
        (b'{"identity": NaN}', 400),
        (b"\xff\xfe", 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 413),
        (b'{"identity": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_damaged_body_is_refused_and_nothing_changes(
    platform: Platform, body: bytes, status: int, method: str
) -> None:
    """N116, N118."""
    made = create(platform)
    path = "/identities" if method == "POST" else f"/identities/{made['id']}"
    before = platform.manage("GET", "/identities").json()["total_size"]
    answer = platform.call(
        method, platform.realm_path + path, body=body, token=platform.management_token()
    )
    assert answer.status == status
    assert answer.json()["code"] == ("bad_request" if status == 400 else "payload_too_large")
    assert read(platform, made) == made
    assert platform.manage("GET", "/identities").json()["total_size"] == before


# --- changes


def test_a_patch_without_members_changes_nothing(platform: Platform) -> None:
    """N124."""
    made = create(platform)
    assert patch(platform, made).json() == made
    assert patch(platform, made, display_name=made["display_name"]).json() == made


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"display_name": None}, "identity.display_name"),
        ({"status": None}, "identity.status"),
        ({"status": "deleted"}, "identity.status"),
        ({"traits": None}, "identity.traits"),
        ({"traits": {"given_name": "Ada"}}, "identity.traits.type"),
        ({"traits": {"type": "traits_v0", "username": None}}, "identity.traits.username"),
        ({"traits": {"type": "traits_v0", "username": ""}}, "identity.traits.username"),
    ],
)
def test_a_patch_cannot_take_away_what_is_required(
    platform: Platform, sent: dict[str, Any], field: str
) -> None:
    """N124."""
    made = create(platform)
    assert refused_fields(patch(platform, made, **sent)) == [field]
    assert read(platform, made) == made


def test_a_patch_merges_traits_and_moves_the_update_time(platform: Platform) -> None:
    made = create(platform)
    platform.clock.advance(5)
    changed = patch(platform, made, traits={"type": "traits_v0", "given_name": "Ada"}).json()
    assert changed["traits"] == {**made["traits"], "given_name": "Ada"}
    assert changed["update_time"] > made["update_time"]
    assert changed["create_time"] == made["create_time"]
    assert read(platform, made) == changed


def test_parallel_patches_of_different_members_lose_nothing(platform: Platform) -> None:
    made = create(platform)
    names = OPTIONAL[2:8]
    answers = at_once(
        len(names),
        lambda n: patch(platform, made, traits={"type": "traits_v0", names[n]: f"value {n}"}),
    )
    assert [a.status for a in answers if isinstance(a, Answer)] == [200] * len(names)
    found = read(platform, made)["traits"]
    assert {name: found.get(name) for name in names} == {
        name: f"value {n}" for n, name in enumerate(names)
    }


def test_suspending_and_resuming_change_the_status_only(platform: Platform) -> None:
    made = create(platform)
    assert patch(platform, made, status="suspended").json()["status"] == "suspended"
    resumed = patch(platform, made, status="active").json()
    assert {**resumed, "update_time": ""} == {**made, "update_time": ""}


def test_an_identity_with_a_passkey_is_enrolled_until_it_is_revoked(platform: Platform) -> None:
    binding = new_binding(platform)
    assert "enrollment_status" not in binding.identity
    credential = binding.bind()
    assert read(platform, binding.identity)["enrollment_status"] == "ENROLLED"
    platform.manage("POST", f"{binding.managed}/credentials/{credential['id']}:revoke", {})
    assert "enrollment_status" not in read(platform, binding.identity)


# --- deletion


def test_a_deleted_identity_is_gone_and_its_username_free(platform: Platform) -> None:
    """N126."""
    made = create(platform, "ephemeral")
    answer = platform.manage("DELETE", f"/identities/{made['id']}")
    assert (answer.status, answer.body) == (200, b"")
    assert platform.manage("GET", f"/identities/{made['id']}").status == 404
    assert platform.manage("DELETE", f"/identities/{made['id']}").status == 404
    assert patch(platform, made, display_name="Back").status == 404
    create(platform, "Ephemeral")


def test_deleting_takes_passkeys_and_jobs_with_it(platform: Platform) -> None:
    """N130, N129: a documented cascade."""
    binding = new_binding(platform)
    credential, link = binding.bind(), binding.link()
    before = platform.manage("GET", "/identities/-/credentials").json()["total_size"]
    binding.delete()
    for path in (
        f"{binding.managed}/credentials",
        f"{binding.managed}/credentials/{credential['id']}",
        f"{binding.managed}/credential-binding-jobs",
        link.managed,
    ):
        assert platform.manage("GET", path).status == 404, path
    after = platform.manage("GET", "/identities/-/credentials").json()
    assert after["total_size"] == before - 1
    assert credential["id"] not in {found["id"] for found in after["credentials"]}
    assert link.follow(accept="application/json").status == 404
    assert link.begin().status == 404


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_a_create_whose_storage_fails_is_503_and_never_half_done(
    platform: Platform, moment: Moment, operation: str
) -> None:
    body, token = identity_body(), platform.management_token()
    # Nobody had it before: else the first transaction fails by itself, and its answer is not lost.
    body["identity"]["traits"]["primary_email_address"] = f"{os.urandom(8).hex()}@example.com"
    url = f"{platform.realm_path}/identities"
    total = platform.manage("GET", "/identities").json()["total_size"]
    with fail_aws_call(operation, moment) as failed:
        answer = platform.call("POST", url, json=body, token=token)
    assert failed
    assert answer.status == 503
    assert answer.json()["code"] == "service_unavailable"
    assert answer.headers["retry-after"]
    again = platform.call("POST", url, json=body, token=token)
    applied = operation == "TransactWriteItems" and moment == "after"
    assert again.status == (409 if applied else 200)
    assert platform.manage("GET", "/identities").json()["total_size"] == total + 1
