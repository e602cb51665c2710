"""The room `credential_binding_jobs`: create, read, list, revoke."""

import re
from datetime import datetime
from typing import Any

import pytest

from tests.support.aws_calls import fail_aws_call
from tests.support.binding_steps import BindingSteps, new_binding
from tests.support.configuration_bodies import make_config, refused_fields
from tests.support.platform import Platform

SEVEN_DAYS_S = 7 * 24 * 3600


@pytest.fixture(scope="module")
def binding(platform: Platform) -> BindingSteps:
    return new_binding(platform)


# --- what is created


def test_the_answer_has_exactly_the_members_of_the_documented_one(binding: BindingSteps) -> None:
    content = binding.make_job().json()
    assert list(content) == ["credential_binding_job", "credential_binding_link"]
    job = content["credential_binding_job"]
    assert list(job) == [
        "id",
        "realm_id",
        "tenant_id",
        "identity_id",
        "delivery_method",
        "state",
        "authenticator_config_id",
        "expire_time",
        "create_time",
        "update_time",
    ]
    assert (job["delivery_method"], job["state"]) == ("RETURN", "LINK_SENT")
    assert (job["identity_id"], job["authenticator_config_id"]) == (
        binding.identity["id"],
        binding.config_id,
    )
    lived = datetime.fromisoformat(job["expire_time"]) - datetime.fromisoformat(job["create_time"])
    assert lived.total_seconds() == SEVEN_DAYS_S


def test_a_redirect_uri_is_answered_only_when_it_was_sent(binding: BindingSteps) -> None:
    uri = "https://app.example.com/welcome"
    job = binding.link(post_binding_redirect_uri=uri).job
    assert job["post_binding_redirect_uri"] == uri
    assert list(job).index("post_binding_redirect_uri") == 6


def test_the_link_has_the_documented_form_on_the_auth_host(binding: BindingSteps) -> None:
    link = binding.link()
    platform, job = binding.platform, link.job
    assert link.base == (
        f"{platform.auth_base_url}/v1/tenants/{platform.tenant_id}/realms/{platform.realm_id}"
        f"/identities/{job['identity_id']}/credential-binding-jobs/{job['id']}"
    )
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", link.token)
    assert binding.link().token != link.token


def test_the_links_host_is_never_taken_from_headers(binding: BindingSteps) -> None:
    """T8: password-reset poisoning."""
    platform = binding.platform
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    evil = "evil.example"
    names = ("host", "x-forwarded-host", "x-original-host", "x-host", "x-forwarded-server")
    headers = {name: evil for name in names} | {
        "forwarded": f"host={evil};proto=http",
        "x-forwarded-proto": "http",
        "x-forwarded-port": "1",
        "x-original-url": f"https://{evil}/",
    }
    answer = platform.call(
        "POST",
        f"{platform.realm_path}{binding.managed}/credential-binding-jobs",
        json=body,
        headers=headers,
        token=platform.management_token(),
    )
    assert answer.status == 200
    assert answer.json()["credential_binding_link"].startswith(f"{platform.auth_base_url}/v1/")
    assert evil not in answer.text


# --- refusals


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"delivery_method": None}, "job.delivery_method"),
        ({"delivery_method": "SMS"}, "job.delivery_method"),
        ({"delivery_method": "return"}, "job.delivery_method"),
        ({"delivery_method": "email"}, "job.delivery_method"),
        ({"delivery_method": ["RETURN"]}, "job.delivery_method"),
        ({"authenticator_config_id": ""}, "job.authenticator_config_id"),
        ({"authenticator_config_id": None}, "job.authenticator_config_id"),
        ({"authenticator_config_id": 7}, "job.authenticator_config_id"),
        ({"authenticator_config_id": "x" * 65}, "job.authenticator_config_id"),
        ({"post_binding_redirect_uri": ""}, "job.post_binding_redirect_uri"),
        ({"post_binding_redirect_uri": {}}, "job.post_binding_redirect_uri"),
    ],
)
def test_a_body_that_breaks_the_rules_is_refused_by_member(
    binding: BindingSteps, change: dict[str, Any], field: str
) -> None:
    """N135."""
    total = list_total(binding)
    assert refused_fields(binding.make_job(**change)) == [field]
    assert list_total(binding) == total


def list_total(binding: BindingSteps) -> int:
    path = f"{binding.managed}/credential-binding-jobs"
    total: int = binding.platform.manage("GET", path).json()["total_size"]
    return total


@pytest.mark.parametrize("body", [{}, {"job": {}}, {"job": []}, {"credential_binding_job": {}}])
def test_a_body_without_its_wrapper_or_members_is_refused(
    binding: BindingSteps, body: dict[str, Any]
) -> None:
    """N118."""
    path = f"{binding.managed}/credential-binding-jobs"
    answer = binding.platform.manage("POST", path, body)
    assert all(field.startswith("job") for field in refused_fields(answer))


def test_a_config_that_is_unknown_or_of_another_realm_is_not_found(
    binding: BindingSteps,
) -> None:
    """N135."""
    platform = binding.platform
    realm = platform.create_realm(platform.management, "Elsewhere").id
    elsewhere = f"/v1/tenants/{platform.tenant_id}/realms/{realm}/authenticator-configs"
    body = {
        "authenticator_config": {
            "display_name": "Other",
            "config": {
                "type": "embedded",
                "invoke_url": "https://app.example.com",
                "trusted_origins": [],
            },
        }
    }
    foreign = platform.manage("POST", elsewhere, body).json()["id"]
    for config_id in (foreign, "00000000-0000-4000-8000-000000000000", "67bb0acf12e5c899"):
        answer = binding.make_job(authenticator_config_id=config_id)
        assert answer.status == 404
        assert answer.json()["details"][0] == {
            "type": "ResourceInfo",
            "resource_type": "AuthenticatorConfig",
            "id": config_id,
            "description": "not found",
        }


@pytest.mark.parametrize(
    "uri",
    [
        "//evil",
        "/\\evil",
        "https:evil",
        "https://app.example.com@evil",
        "https://app.example.com.evil/",
        "HTTPS://app.example.com/",
        "%2f%2fevil",
        "https://app.example.com./",
        "https://app.example.com/\t",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_uri_outside_the_app_is_refused_when_the_job_is_made(
    binding: BindingSteps, uri: str
) -> None:
    """T9, N137; the whole matrix is in tests/unit/binding."""
    answer = binding.make_job(post_binding_redirect_uri=uri)
    assert refused_fields(answer) == ["job.post_binding_redirect_uri"]


def test_a_suspended_identity_gets_no_link(platform: Platform) -> None:
    binding = new_binding(platform)
    binding.change(status="suspended")
    answer = binding.make_job()
    assert (answer.status, answer.json()["code"]) == (409, "conflict")
    binding.change(status="active")
    assert binding.make_job().status == 200


@pytest.mark.parametrize("owner", ["0" * 16, "xyz", "-"])
def test_no_job_is_made_for_an_unknown_identity(binding: BindingSteps, owner: str) -> None:
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    path = f"/identities/{owner}/credential-binding-jobs"
    answer = binding.platform.manage("POST", path, body)
    assert (answer.status, answer.json()["message"]) == (404, "identity not found")


# --- who may


@pytest.mark.parametrize(
    ("method", "suffix", "verb"),
    [
        ("POST", "", "create"),
        ("GET", "", "read"),
        ("GET", "/{id}", "read"),
        ("POST", "/{id}:revoke", "revoke"),
    ],
)
def test_each_call_needs_a_token_with_its_scope(
    binding: BindingSteps, method: str, suffix: str, verb: str
) -> None:
    """T6, N144: a link is given to holders of `credential-binding-jobs:create` and nobody else."""
    platform, link = binding.platform, binding.link()
    path = f"{binding.managed}/credential-binding-jobs{suffix.replace('{id}', link.job['id'])}"
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    sent = body if method == "POST" else None
    assert platform.call(method, platform.realm_path + path, json=sent).status == 401
    wanted = f"credential-binding-jobs:{verb}"
    others = [f"credential-binding-jobs:{v}" for v in ("create", "read", "revoke") if v != verb]
    refused = platform.manage(method, path, sent, scopes=[*others, "identities:create"])
    assert refused.status == 403
    assert "credential_binding_link" not in refused.text
    stranger = platform.management_token(client=platform.second_tenant())
    foreign = platform.call(method, platform.realm_path + path, json=sent, token=stranger)
    assert foreign.status == 404
    assert link.state() == "LINK_SENT"
    assert platform.manage(method, path, sent, scopes=[wanted]).status == 200


def test_a_token_that_is_no_management_token_gets_no_link(binding: BindingSteps) -> None:
    """T6: a user's access token, an ID token and a binding token are worth nothing here."""
    platform, link = binding.platform, binding.link()
    claims = platform.management_claims()
    user = claims | {"aud": "https://api.example.com", "sub": binding.identity["id"]}
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    path = f"{platform.realm_path}{binding.managed}/credential-binding-jobs"
    for token in (platform.sign(user), platform.sign(claims, typ="JWT"), link.token):
        assert platform.call("POST", path, json=body, token=token).status == 401


# --- reads, lists, revocation


def test_no_later_answer_has_the_link_or_its_token(binding: BindingSteps) -> None:
    link = binding.link()
    for path in (link.managed, f"{binding.managed}/credential-binding-jobs"):
        answer = binding.platform.manage("GET", path)
        assert answer.status == 200
        assert link.token not in answer.text
        assert "link" not in answer.text.replace("LINK_", "")
    read = binding.platform.manage("GET", link.managed).json()
    assert read == {**link.job, "adding_proof": "SCOPE"}


def test_jobs_are_listed_by_identity_and_with_a_hyphen_by_realm(platform: Platform) -> None:
    one, two = new_binding(platform), new_binding(platform)
    jobs = [one.link().job["id"], two.link().job["id"]]
    page = platform.manage("GET", f"{one.managed}/credential-binding-jobs").json()
    assert [job["id"] for job in page["credential_binding_jobs"]] == jobs[:1]
    assert page["total_size"] == 1
    every = platform.manage("GET", "/identities/-/credential-binding-jobs?page_size=200").json()
    found = {job["id"] for job in every["credential_binding_jobs"]}
    assert set(jobs) <= found
    assert every["total_size"] == len(found)


def test_a_job_is_revoked_once_and_stays_so(binding: BindingSteps) -> None:
    link = binding.link()
    answer = binding.platform.manage("POST", f"{link.managed}:revoke", {})
    assert (answer.status, answer.json()["state"]) == (200, "REVOKED")
    binding.platform.clock.advance(2)
    again = binding.platform.manage("POST", f"{link.managed}:revoke")
    assert again.json() == answer.json()
    assert link.begin().status == 410


def test_a_job_that_has_ended_cannot_be_revoked(platform: Platform) -> None:
    """N142."""
    binding = new_binding(platform)
    link = binding.link()
    assert link.complete().status == 200
    answer = platform.manage("POST", f"{link.managed}:revoke", {})
    assert (answer.status, answer.json()["code"]) == (409, "conflict")
    assert link.state() == "COMPLETE"
    late = binding.link()
    platform.clock.advance(SEVEN_DAYS_S)
    assert platform.manage("POST", f"{late.managed}:revoke", {}).status == 409
    assert late.state() == "EXPIRED"


def test_a_complete_job_names_its_credential(platform: Platform) -> None:
    binding = new_binding(platform)
    link = binding.link()
    credential = link.complete().json()["credential"]
    job = platform.manage("GET", link.managed).json()
    assert (job["state"], job["credential_id"]) == ("COMPLETE", credential["id"])


def test_a_job_past_its_time_reads_as_expired_before_anything_swept_it(
    platform: Platform,
) -> None:
    """T10."""
    link = new_binding(platform).link()
    platform.clock.advance(SEVEN_DAYS_S - 60)
    assert link.state() == "LINK_SENT"
    platform.clock.advance(60)  # the very second is a matter of tests/contract, where time stands
    assert link.state() == "EXPIRED"
    page = platform.manage("GET", "/identities/-/credential-binding-jobs?page_size=200").json()
    states = {job["id"]: job["state"] for job in page["credential_binding_jobs"]}
    assert states[link.job["id"]] == "EXPIRED"


def test_a_job_exists_only_under_its_own_identity(binding: BindingSteps) -> None:
    """N125, T53's shape."""
    link, other, platform = binding.link(), new_binding(binding.platform), binding.platform
    suffix = f"/credential-binding-jobs/{link.job['id']}"
    bodies = set()
    for base in (other.managed, "/identities/-", "/identities/xyz", f"/identities/{'0' * 16}"):
        for method, verb in (("GET", ""), ("POST", ":revoke")):
            answer = platform.manage(method, f"{base}{suffix}{verb}")
            assert answer.status == 404, base
            bodies.add(answer.body)
    assert len(bodies) == 1
    assert link.state() == "LINK_SENT"


def test_the_api_host_follows_no_link(binding: BindingSteps) -> None:
    """The ceremony's verbs live on the auth host and are unknown routes here."""
    link = binding.link()
    for verb in ("invokeAuthenticator", "beginBinding", "completeBinding"):
        for method in ("GET", "POST"):
            answer = binding.platform.manage(method, f"{link.managed}:{verb}?token={link.token}")
            assert (answer.status, answer.json()["message"]) == (404, "route not found")
    got = binding.platform.manage("GET", f"{link.managed}:revoke")
    assert (got.status, got.headers["allow"]) == (405, "POST, OPTIONS")


def test_a_creation_whose_storage_fails_is_503_without_a_link(binding: BindingSteps) -> None:
    platform, token = binding.platform, binding.platform.management_token()
    path = f"{platform.realm_path}{binding.managed}/credential-binding-jobs"
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    with fail_aws_call("TransactWriteItems", "before") as failed:
        answer = platform.call("POST", path, json=body, token=token)
    assert failed
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert "token=" not in answer.text
    assert platform.call("POST", path, json=body, token=token).status == 200


def test_a_creation_whose_answer_was_lost_is_found_and_answered(binding: BindingSteps) -> None:
    platform, token = binding.platform, binding.platform.management_token()
    path = f"{platform.realm_path}{binding.managed}/credential-binding-jobs"
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}}
    before = platform.call("GET", path, token=token).json()["total_size"]
    with fail_aws_call("TransactWriteItems", "after") as failed:
        answer = platform.call("POST", path, json=body, token=token)
    assert failed
    assert answer.status == 200
    assert "token=" in answer.json()["credential_binding_link"]
    assert platform.call("GET", path, token=token).json()["total_size"] == before + 1


def test_a_config_for_an_app_scheme_allows_its_own_addresses(platform: Platform) -> None:
    binding = new_binding(platform)
    binding.config_id = make_config(
        platform,
        invoke_url="com.example.app://",
        trusted_origins=[],
        relying_party_id="app.example.com",
        expected_origins=["https://app.example.com"],
    )
    assert binding.make_job(post_binding_redirect_uri="com.example.app://done").status == 200
    refused = binding.make_job(post_binding_redirect_uri="com.other.app://done")
    assert refused_fields(refused) == ["job.post_binding_redirect_uri"]
