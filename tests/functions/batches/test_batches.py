"""Batches of binding jobs: what they answer, whom they take, and what becomes of each identity."""

from typing import Any

import pytest
from keybound.domain.binding_batch import BATCH_KEPT_S, MAX_QUEUED
from keybound.storage.binding_batches import RETRY_AFTER_S

from tests.support.aws_calls import fail_aws_call
from tests.support.batch_steps import BATCHES, BatchSteps
from tests.support.binding_steps import BindingSteps, LinkSteps
from tests.support.configuration_bodies import make_config, refused_fields
from tests.support.mailbox import link_in
from tests.support.platform import Platform
from tests.support.table_state import stored

UNKNOWN = "0" * 16


@pytest.fixture(scope="module")
def config_id(platform: Platform) -> str:
    return make_config(platform)


@pytest.fixture
def steps(platform: Platform, config_id: str) -> BatchSteps:
    """Nobody waits, and the mailbox is empty."""
    found = BatchSteps(platform, config_id)
    found.forget()
    platform.mails.clear()
    return found


def strangers(count: int) -> list[str]:
    return [f"{number:016x}" for number in range(1, count + 1)]


# --- what happens


def test_each_identity_gets_one_mail_whose_link_binds(steps: BatchSteps) -> None:
    people = steps.people(3)
    uri = "https://app.example.com/welcome"
    batch_id = steps.made(people, post_binding_redirect_uri=uri)
    assert steps.read(batch_id)["state"] == "RUNNING"
    assert steps.queued() == 3
    assert steps.work() == {
        "made": 3,
        "failed": 0,
        "delayed": 0,
        "passed_over": 0,
        "held_off": 0,
        "finished": True,
    }
    mails = steps.platform.mails
    assert {mail.to[0] for mail in mails} == {
        person["traits"]["primary_email_address"] for person in people
    }
    for person in people:
        (job,) = steps.jobs_of(person)
        assert (job["delivery_method"], job["mail_state"], job["batch_id"]) == (
            "EMAIL",
            "SENT",
            batch_id,
        )
        assert job["post_binding_redirect_uri"] == uri
        address = person["traits"]["primary_email_address"]
        (mail,) = [mail for mail in mails if mail.to == [address]]
        link = LinkSteps(steps.platform, job, link_in(mail))
        assert link.complete().json()["post_binding_redirect_uri"] == uri
    assert steps.work()["made"] == 0
    assert len(mails) == 3
    assert steps.queued() == 0


def test_the_answer_says_what_was_asked_for_and_the_read_how_far_it_is(steps: BatchSteps) -> None:
    people = steps.people(2)
    ids = sorted(person["id"] for person in people)
    answer = steps.create(ids[::-1])
    content = answer.json()
    assert list(content) == [
        "id",
        "realm_id",
        "tenant_id",
        "identity_ids",
        "job_template",
        "state",
        "state_commentary",
        "expire_time",
        "create_time",
        "update_time",
    ]
    assert content["identity_ids"] == ids
    assert content["job_template"] == {"authenticator_config_id": steps.config_id}
    assert (content["state"], content["state_commentary"]) == ("RUNNING", {"errors": {}})
    assert content == steps.read(content["id"])
    assert steps.results(content["id"]) == {
        "job_results": [{"identity_id": each, "state": "PENDING"} for each in ids],
        "total_success_count": 0,
        "total_failure_count": 0,
        "total_pending_count": 2,
        "total_size": 2,
    }
    steps.work()
    found = steps.results(content["id"])
    assert [found[f"total_{name}_count"] for name in ("success", "failure", "pending")] == [2, 0, 0]
    first = found["job_results"][0]
    (job,) = steps.jobs_of({"id": ids[0]})
    assert first == {
        "identity_id": ids[0],
        "state": "SUCCESS",
        "credential_binding_job_id": job["id"],
        "credential_binding_job": job,
    }
    assert "token" not in str(found)
    assert steps.read(content["id"])["state"] == "SUCCESS"


def test_results_come_in_pages(steps: BatchSteps) -> None:
    batch_id = steps.made(steps.people(3))
    steps.work()
    whole = steps.results(batch_id)["job_results"]
    first = steps.results(batch_id, "?page_size=2")
    assert first["job_results"] == whole[:2]
    assert first["total_size"] == 3
    token = first["next_page_token"]
    rest = steps.results(batch_id, f"?page_token={token}")
    assert rest["job_results"] == whole[2:]
    assert "next_page_token" not in rest
    other = steps.made(steps.people(1))
    answer = steps.platform.manage("GET", f"{BATCHES}/{other}:listResults?page_token={token}")
    assert refused_fields(answer) == ["page_token"]
    assert steps.results(batch_id, "?skip=2")["job_results"] == whole[2:]
    filtered = steps.platform.manage("GET", f'{BATCHES}/{batch_id}:listResults?filter=state eq "x"')
    assert filtered.status == 400


def spoiled(steps: BatchSteps, how: str) -> dict[str, Any]:
    person = steps.person()
    own = BindingSteps(steps.platform, steps.config_id, person)
    if how == "deleted":
        own.delete()
    elif how == "suspended":
        own.change(status="suspended")
    elif how == "without an address":
        own.change(traits={"type": "traits_v0", "primary_email_address": None})
    elif how == "unreachable":
        own.change(traits={"type": "traits_v0", "primary_email_address": "ada@localhost"})
    elif how == "of another realm":
        realm = steps.platform.create_realm(steps.platform.management)
        person = {"id": person_elsewhere(steps, realm.id)}
    elif how == "with a passkey":
        own.bind()
    return person


def person_elsewhere(steps: BatchSteps, realm_id: str) -> str:
    from tests.support.binding_steps import identity_body

    path = f"/v1/tenants/{steps.platform.tenant_id}/realms/{realm_id}/identities"
    made: str = steps.platform.manage("POST", path, identity_body()).json()["id"]
    return made


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("deleted", "identity not found"),
        ("of another realm", "identity not found"),
        ("suspended", "the identity is not active"),
        ("without an address", "Identity missing email address"),
        ("unreachable", "Identity email address cannot receive mail"),
    ],
)
def test_an_identity_that_cannot_be_mailed_fails_for_good_and_the_others_do_not(
    steps: BatchSteps, how: str, error: str
) -> None:
    good, bad = steps.person(), spoiled(steps, how)
    steps.platform.mails.clear()
    batch_id = steps.made([good, bad])
    worked = steps.work()
    assert (worked["made"], worked["failed"]) == (1, 1)
    found = steps.read(batch_id)
    assert found["state"] == "PARTIAL_SUCCESS"
    assert found["state_commentary"]["errors"] == {
        bad["id"]: {"last_error": error, "failed_permanently": True}
    }
    (result,) = [
        each for each in steps.results(batch_id)["job_results"] if each["identity_id"] == bad["id"]
    ]
    assert result == {
        "identity_id": bad["id"],
        "state": "FAILED",
        "last_error": error,
        "failed_permanently": True,
    }
    assert len(steps.platform.mails) == 1
    assert steps.queued() == 0


def test_when_all_fail_the_batch_has_failed(steps: BatchSteps) -> None:
    answer = steps.create(strangers(2))
    assert answer.status == 200
    steps.work()
    assert steps.read(answer.json()["id"])["state"] == "FAILED"


@pytest.mark.parametrize(
    ("scopes", "state"),
    [
        (["credential-binding-jobs:create"], "FAILED"),
        (["credential-binding-jobs:create", "authenticators:add"], "SUCCESS"),
    ],
)
def test_another_passkey_needs_the_scope_of_whoever_made_the_batch(
    steps: BatchSteps, scopes: list[str], state: str
) -> None:
    """T54: the right is noted when it is shown; the work has none of its own."""
    person = spoiled(steps, "with a passkey")
    body = steps.body([person["id"]])
    answer = steps.platform.manage("POST", BATCHES, body, scopes=scopes)
    steps.work()
    found = steps.read(answer.json()["id"])
    assert found["state"] == state
    if state == "FAILED":
        (error,) = found["state_commentary"]["errors"].values()
        assert error["failed_permanently"]
        assert "authenticators:add" in error["last_error"]


# --- what is refused


BAD: list[tuple[Any, list[str]]] = [
    ({"identity_ids": []}, ["identity_ids"]),
    ({"identity_ids": strangers(MAX_QUEUED + 1)}, ["identity_ids"]),
    ({"identity_ids": [UNKNOWN, UNKNOWN]}, ["identity_ids"]),
    ({"identity_ids": ["A" * 16, "x#y"]}, ["identity_ids[0]", "identity_ids[1]"]),
    ({"identity_ids": [1]}, ["identity_ids[0]"]),
    ({"identity_ids": UNKNOWN}, ["identity_ids"]),
    ({"identity_ids": None}, ["identity_ids"]),
    ({"job_template": None}, ["job_template"]),
    ({"job_template": {}}, ["job_template.authenticator_config_id"]),
    (
        {"job_template": {"authenticator_config_id": ""}},
        ["job_template.authenticator_config_id"],
    ),
    (
        {
            "job_template": {
                "authenticator_config_id": "x",
                "authenticator_config": {"config": {"type": "embedded"}},
            }
        },
        ["job_template.authenticator_config"],
    ),
]


@pytest.mark.parametrize(("changes", "fields"), BAD)
def test_bad_members_are_named_and_nothing_is_queued(
    steps: BatchSteps, changes: dict[str, Any], fields: list[str]
) -> None:
    body = steps.body([UNKNOWN])
    body["batch_credential_binding_job"] |= changes
    before = stored()
    answer = steps.platform.manage("POST", BATCHES, body)
    wrapper = "batch_credential_binding_job"
    assert refused_fields(answer) == [f"{wrapper}.{field}" for field in fields]
    assert stored() == before


def test_a_redirect_elsewhere_is_refused(steps: BatchSteps) -> None:
    """T9."""
    answer = steps.create([UNKNOWN], post_binding_redirect_uri="https://evil.example/")
    assert refused_fields(answer) == [
        "batch_credential_binding_job.job_template.post_binding_redirect_uri"
    ]
    assert steps.queued() == 0


def test_a_config_that_is_not_the_realms_is_404(steps: BatchSteps) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    answer = steps.create([UNKNOWN], authenticator_config_id=other)
    assert (answer.status, answer.json()["message"]) == (404, "authenticator config not found")


def test_without_a_sender_a_batch_is_refused(
    steps: BatchSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.rooms import forget_rooms

    with monkeypatch.context() as changed:
        changed.setenv("KEYBOUND_MAIL_SENDER", "")
        forget_rooms()
        answer = steps.create([UNKNOWN])
        assert answer.status == 422
        assert answer.json()["message"] == "EMAIL is not set up in this deployment"
    forget_rooms()
    steps.platform.outbox.watch()


def test_batches_of_other_tenants_and_realms_are_unknown(steps: BatchSteps) -> None:
    platform = steps.platform
    batch_id = steps.made(steps.people(1))
    elsewhere = platform.create_realm(platform.management).id
    other_realm = f"/v1/tenants/{platform.tenant_id}/realms/{elsewhere}{BATCHES}"
    stranger = platform.management_token(client=platform.second_tenant())
    for verb in ("", ":listResults"):
        assert platform.manage("GET", f"{other_realm}/{batch_id}{verb}").status == 404
        for wrong in (UNKNOWN, "x", "%20", "A" * 16):
            assert platform.manage("GET", f"{BATCHES}/{wrong}{verb}").status == 404
        path = f"{platform.realm_path}{BATCHES}/{batch_id}{verb}"
        assert platform.call("GET", path, token=stranger).status in (401, 404)
    no_realm = f"/v1/tenants/{platform.tenant_id}/realms/{UNKNOWN}{BATCHES}"
    assert platform.manage("POST", no_realm, steps.body([UNKNOWN])).status == 404
    assert platform.manage("POST", other_realm, steps.body([UNKNOWN])).status == 404  # config


def test_each_verb_needs_its_scope(steps: BatchSteps) -> None:
    platform, batch_id = steps.platform, steps.made(steps.people(1))
    create, read = ["credential-binding-jobs:create"], ["credential-binding-jobs:read"]
    assert platform.manage("POST", BATCHES, steps.body([UNKNOWN]), scopes=read).status == 403
    for verb in ("", ":listResults"):
        assert platform.manage("GET", f"{BATCHES}/{batch_id}{verb}", scopes=create).status == 403
        assert platform.manage("GET", f"{BATCHES}/{batch_id}{verb}", scopes=read).status == 200
        assert platform.manage("POST", f"{BATCHES}/{batch_id}{verb}").status == 405
    assert platform.manage("GET", BATCHES).status == 405


# --- the queue's limit


def test_a_realm_queues_a_thousand_identities_and_says_how_many_are_too_many(
    steps: BatchSteps,
) -> None:
    assert steps.create(strangers(MAX_QUEUED - 2)).status == 200
    steps.hide()  # a thousand transactions would take their time
    refused = steps.create(strangers(5))
    assert refused.status == 429
    assert refused.headers["retry-after"] == str(RETRY_AFTER_S)
    assert refused.json()["code"] == "too_many_requests"
    assert refused.json()["message"].endswith("998 are waiting, so this batch is 3 too many")
    assert steps.create(strangers(2)).status == 200
    assert steps.queued() == MAX_QUEUED
    assert steps.create(strangers(1)).status == 429
    assert steps.work()["failed"] == 2
    assert steps.queued() == MAX_QUEUED - 2
    assert [steps.create(strangers(size)).status for size in (3, 2, 1)] == [429, 200, 429]


def test_realms_do_not_use_up_each_others_queues(steps: BatchSteps) -> None:
    platform = steps.platform
    realm = f"/v1/tenants/{platform.tenant_id}/realms/"
    realm += platform.create_realm(platform.management).id
    config = make_config_in(platform, realm)
    assert steps.create(strangers(MAX_QUEUED)).status == 200
    body = steps.body(strangers(3), authenticator_config_id=config)
    assert platform.manage("POST", f"{realm}{BATCHES}", body).status == 200


def make_config_in(platform: Platform, realm: str) -> str:
    from tests.support.configuration_bodies import config_body

    made = platform.manage("POST", f"{realm}/authenticator-configs", config_body())
    assert made.status == 200, made.text
    config_id: str = made.json()["id"]
    return config_id


# --- sent twice, failing, expired


def test_a_batch_sent_again_with_its_key_is_the_same_batch(steps: BatchSteps) -> None:
    people = steps.people(2)
    platform, token = steps.platform, steps.platform.management_token()
    path, ids = f"{platform.realm_path}{BATCHES}", [person["id"] for person in people]
    headers = {"idempotency-key": ids[0]}

    def send(wanted: list[str]) -> Any:
        return platform.call("POST", path, json=steps.body(wanted), token=token, headers=headers)

    first, again = send(ids), send(ids)
    assert (first.status, again.status, again.text) == (200, 200, first.text)
    assert send(ids[:1]).status == 409
    assert steps.queued() == 2
    steps.work()
    assert [len(steps.jobs_of(person)) for person in people] == [1, 1]


@pytest.mark.parametrize(("moment", "status"), [("before", 503), ("after", 200)])
def test_a_creation_that_fails_queues_nothing_and_one_whose_answer_was_lost_queues_once(
    steps: BatchSteps, moment: Any, status: int
) -> None:
    person = steps.person()
    with fail_aws_call("TransactWriteItems", moment) as failed:
        answer = steps.create([person["id"]])
    assert failed
    assert answer.status == status
    assert steps.queued() == (1 if status == 200 else 0)
    steps.work()
    assert len(steps.jobs_of(person)) == (1 if status == 200 else 0)


def test_a_batch_can_be_read_for_thirty_days(steps: BatchSteps) -> None:
    batch_id = steps.made(steps.people(1))
    steps.work()
    steps.platform.clock.advance(BATCH_KEPT_S - 1)
    assert steps.read(batch_id)["state"] == "SUCCESS"
    steps.platform.clock.advance(1)
    assert steps.platform.manage("GET", f"{BATCHES}/{batch_id}").status == 404
    assert steps.platform.manage("GET", f"{BATCHES}/{batch_id}:listResults").status == 404
