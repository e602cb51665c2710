"""The room `credentials`: list, read, name, revoke, delete."""

import json
from typing import Any

import pytest
from keybound.domain.cose_key import jwk_thumbprint

from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.binding_steps import ORIGIN, BindingSteps, new_binding
from tests.support.cose_keys import EDDSA, ES256, RS256
from tests.support.platform import Answer, Platform
from tests.support.software_authenticator import SoftwareAuthenticator


@pytest.fixture
def binding(platform: Platform) -> BindingSteps:
    return new_binding(platform)


def revoke(binding: BindingSteps, credential: dict[str, Any]) -> Answer:
    path = f"{binding.managed}/credentials/{credential['id']}:revoke"
    return binding.platform.manage("POST", path, {})


@pytest.mark.parametrize(("algorithm", "kind"), [(ES256, "EC"), (EDDSA, "OKP"), (RS256, "RSA")])
def test_a_credential_shows_its_public_key_and_what_was_told_of_it(
    binding: BindingSteps, algorithm: int, kind: str
) -> None:
    aaguid = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")
    device = SoftwareAuthenticator(ORIGIN, aaguid=aaguid, algorithm=algorithm)
    link = binding.link()
    made = link.complete(link.answer(device, display_name="Ada's phone")).json()["credential"]
    assert list(made) == [
        "id",
        "identity_id",
        "realm_id",
        "tenant_id",
        "state",
        "csr_type",
        "jwk_json",
        "jwk_thumbprint",
        "display_name",
        "aaguid",
        "backup_eligible",
        "backup_state",
        "transports",
        "create_time",
        "update_time",
        "provider_name",
    ]
    assert made["provider_name"] == "Google Password Manager"
    jwk = json.loads(made["jwk_json"])
    assert jwk["kty"] == kind
    assert made["jwk_thumbprint"] == jwk_thumbprint(jwk)
    assert (made["state"], made["csr_type"]) == ("ACTIVE", "WEBAUTHN")
    assert made["display_name"] == "Ada's phone"
    assert made["aaguid"] == "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"
    assert (made["backup_eligible"], made["transports"]) == (True, ["internal", "hybrid"])
    path = f"{binding.managed}/credentials/{made['id']}"
    assert binding.platform.manage("GET", path).json() == made
    assert binding.credentials() == [made]


def test_a_passkey_without_a_given_name_is_called_passkey(binding: BindingSteps) -> None:
    assert binding.bind()["display_name"] == "Passkey"


def test_with_a_hyphen_the_list_covers_the_realm(binding: BindingSteps) -> None:
    mine = binding.bind()
    other = new_binding(binding.platform)
    theirs = other.bind()
    page = binding.platform.manage("GET", "/identities/-/credentials?page_size=200").json()
    found = {credential["id"] for credential in page["credentials"]}
    assert {mine["id"], theirs["id"]} <= found
    assert page["total_size"] == len(found)
    assert [c["id"] for c in binding.credentials()] == [mine["id"]]


def test_a_list_of_one_identity_goes_page_by_page(binding: BindingSteps) -> None:
    made = {binding.bind()["id"] for _ in range(3)}
    path = f"{binding.managed}/credentials"
    first = binding.platform.manage("GET", f"{path}?page_size=2").json()
    assert (len(first["credentials"]), first["total_size"]) == (2, 3)
    token = first["next_page_token"]
    second = binding.platform.manage("GET", f"{path}?page_token={token}").json()
    assert "next_page_token" not in second
    assert {c["id"] for c in first["credentials"] + second["credentials"]} == made
    elsewhere = f"{new_binding(binding.platform).managed}/credentials?page_token={token}"
    assert binding.platform.manage("GET", elsewhere).status == 400


def test_revoking_answers_the_credential_and_a_second_time_the_same(
    binding: BindingSteps,
) -> None:
    made = binding.bind()
    binding.platform.clock.advance(3)
    first = revoke(binding, made)
    assert first.status == 200
    assert first.json() == {
        **made,
        "state": "REVOKED",
        "update_time": first.json()["update_time"],
    }
    binding.platform.clock.advance(3)
    assert revoke(binding, made).json() == first.json()
    assert binding.credentials() == [first.json()]


def test_a_revoked_passkey_is_not_excluded_any_more_and_cannot_come_back(
    binding: BindingSteps,
) -> None:
    """Its id stays taken in the realm, so the same credential can never be bound again."""
    device = SoftwareAuthenticator(ORIGIN)
    made = binding.bind(device)
    assert len(binding.link().begun()["public_key"]["excludeCredentials"]) == 1
    revoke(binding, made)
    assert binding.link().begun()["public_key"]["excludeCredentials"] == []


def test_parallel_revocations_are_all_answered_and_change_it_once(binding: BindingSteps) -> None:
    made = binding.bind()
    answers = at_once(10, lambda _: revoke(binding, made))
    seen = {a.body for a in answers if isinstance(a, Answer) and a.status == 200}
    assert len(seen) == 1
    assert [a for a in answers if isinstance(a, BaseException)] == []


def test_revoking_two_passkeys_at_once_loses_neither(binding: BindingSteps) -> None:
    made = [binding.bind() for _ in range(3)]
    answers = at_once(2, lambda n: revoke(binding, made[n]))
    assert [a.status for a in answers if isinstance(a, Answer)] == [200, 200]
    states = {c["id"]: c["state"] for c in binding.credentials()}
    assert [states[c["id"]] for c in made] == ["REVOKED", "REVOKED", "ACTIVE"]
    excluded = binding.link().begun()["public_key"]["excludeCredentials"]
    assert len(excluded) == 1


# --- names


def name(binding: BindingSteps, made: dict[str, Any], credential: Any) -> Answer:
    path = f"{binding.managed}/credentials/{made['id']}"
    return binding.platform.manage("PATCH", path, {"credential": credential})


def test_a_credential_is_renamed_and_a_revoked_one_too(binding: BindingSteps) -> None:
    made = binding.bind()
    binding.platform.clock.advance(3)
    renamed = name(binding, made, {"display_name": "Ada's phone"}).json()
    assert renamed["update_time"] > made["update_time"]
    assert renamed == {
        **made,
        "display_name": "Ada's phone",
        "update_time": renamed["update_time"],
    }
    assert binding.credentials() == [renamed]
    revoke(binding, made)
    assert name(binding, made, {"display_name": "Lost phone"}).json()["state"] == "REVOKED"
    assert binding.credentials()[0]["display_name"] == "Lost phone"


@pytest.mark.parametrize("unchanged", [{}, {"display_name": "Passkey"}, {"state": "REVOKED"}])
def test_what_is_not_a_new_name_changes_nothing(
    binding: BindingSteps, unchanged: dict[str, str]
) -> None:
    """N123, N124: every other member is read-only."""
    made = binding.bind()
    binding.platform.clock.advance(3)
    assert name(binding, made, unchanged).json() == made


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ("", "empty string"),
        ("   ", "only spaces"),
        ("x" * 65, "longer than 64 characters"),
        ("a\u202eb", "contains a control character"),
        ("a\u0000", "contains a control character"),
        (None, "must be a string"),
        (7, "must be a string"),
    ],
)
def test_a_name_that_nobody_can_read_is_refused(
    binding: BindingSteps, sent: Any, fault: str
) -> None:
    """N119."""
    made = binding.bind()
    answer = name(binding, made, {"display_name": sent})
    assert answer.status == 400
    violation = {"field": "credential.display_name", "description": fault}
    assert answer.json()["details"][0]["field_violations"] == [violation]
    assert binding.credentials() == [made]


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"credential": []}', "{}", '{"display_name":"x"}']
)
def test_a_body_of_another_form_is_refused(binding: BindingSteps, body: str) -> None:
    """N116, N118."""
    made = binding.bind()
    path = f"{binding.platform.realm_path}{binding.managed}/credentials/{made['id']}"
    token = binding.platform.management_token()
    assert binding.platform.call("PATCH", path, body=body, token=token).status == 400


# --- deletion


def delete(binding: BindingSteps, made: dict[str, Any]) -> Answer:
    return binding.platform.manage("DELETE", f"{binding.managed}/credentials/{made['id']}")


def test_a_deleted_credential_is_gone_from_every_list_and_stays_gone(
    binding: BindingSteps,
) -> None:
    """N126."""
    device = SoftwareAuthenticator(ORIGIN)
    made, kept = binding.bind(device), binding.bind()
    answer = delete(binding, made)
    assert (answer.status, answer.text) == (200, "")
    platform, path = binding.platform, f"{binding.managed}/credentials"
    assert binding.credentials() == [kept]
    page = platform.manage("GET", f"{path}?page_size=1").json()
    assert (page["total_size"], "next_page_token" in page) == (1, False)
    everyone = platform.manage("GET", "/identities/-/credentials?page_size=200").json()
    assert made["id"] not in [each["id"] for each in everyone["credentials"]]
    for again in (
        delete(binding, made),
        platform.manage("GET", f"{path}/{made['id']}"),
        name(binding, made, {"display_name": "Back"}),
        revoke(binding, made),
    ):
        assert (again.status, again.json()["message"]) == (404, "credential not found")


def test_a_deleted_passkey_is_not_excluded_any_more(binding: BindingSteps) -> None:
    made = binding.bind()
    delete(binding, made)
    assert binding.link().begun()["public_key"]["excludeCredentials"] == []
    assert binding.platform.manage("GET", binding.managed).json().get("enrollment_status") is None


def test_parallel_deletions_leave_one_answer_of_success(binding: BindingSteps) -> None:
    made = binding.bind()
    statuses = sorted(
        answer.status
        for answer in at_once(10, lambda _: delete(binding, made))
        if isinstance(answer, Answer)
    )
    assert statuses == [200] + [404] * 9


# --- access


@pytest.mark.parametrize(
    ("method", "suffix", "scope"),
    [
        ("GET", "", "credentials:read"),
        ("GET", "/{id}", "credentials:read"),
        ("PATCH", "/{id}", "credentials:update"),
        ("DELETE", "/{id}", "credentials:delete"),
        ("POST", "/{id}:revoke", "credentials:revoke"),
    ],
)
def test_each_call_needs_a_token_with_its_scope(
    binding: BindingSteps, method: str, suffix: str, scope: str
) -> None:
    made = binding.bind()
    path = f"{binding.managed}/credentials{suffix.replace('{id}', made['id'])}"
    platform = binding.platform
    assert platform.call(method, platform.realm_path + path).status == 401
    verbs = ("read", "update", "delete", "revoke")
    others = [s for s in (f"credentials:{verb}" for verb in verbs) if s != scope]
    refused = platform.manage(method, path, scopes=[*others, "identities:read"])
    assert refused.status == 403
    stranger = platform.management_token(client=platform.second_tenant())
    assert platform.call(method, platform.realm_path + path, token=stranger).status == 404
    assert binding.credentials()[0]["state"] == "ACTIVE"
    body = {"credential": {}} if method == "PATCH" else None
    assert platform.manage(method, path, body, scopes=[scope]).status == 200


def test_another_identitys_credential_does_not_exist(binding: BindingSteps) -> None:
    """T53: read or revoked under the wrong identity, realm or form of id: 404, one body."""
    made, other = binding.bind(), new_binding(binding.platform)
    platform = binding.platform
    realm = platform.create_realm(platform.management, "Elsewhere").id
    elsewhere = f"/v1/tenants/{platform.tenant_id}/realms/{realm}{binding.managed}"
    bodies = set()
    for base in (other.managed, elsewhere, "/identities/-", "/identities/xyz"):
        for method, verb in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", ":revoke")):
            body = {"credential": {"display_name": "Mine now"}}
            answer = platform.manage(method, f"{base}/credentials/{made['id']}{verb}", body)
            assert answer.status == 404, base
            bodies.add(answer.body)
    unknown = platform.manage("GET", f"{binding.managed}/credentials/{'0' * 16}")
    bodies.add(unknown.body.replace(b"0" * 16, made["id"].encode()))
    assert len(bodies) == 1
    assert binding.credentials()[0]["state"] == "ACTIVE"


@pytest.mark.parametrize("owner", ["0" * 16, "xyz"])
def test_a_list_of_an_unknown_identity_is_not_found(platform: Platform, owner: str) -> None:
    answer = platform.manage("GET", f"/identities/{owner}/credentials")
    assert (answer.status, answer.json()["message"]) == (404, "identity not found")


def test_a_verb_answers_its_own_methods_and_an_unknown_one_is_an_unknown_route(
    binding: BindingSteps,
) -> None:
    """N134."""
    path = f"{binding.managed}/credentials/{binding.bind()['id']}"
    platform = binding.platform
    got = platform.manage("GET", f"{path}:revoke")
    assert (got.status, got.headers["allow"]) == (405, "POST, OPTIONS")
    posted = platform.manage("POST", path, {})
    assert (posted.status, posted.headers["allow"]) == (405, "GET, PATCH, DELETE, HEAD, OPTIONS")
    options = platform.call("OPTIONS", platform.realm_path + path)
    assert (options.status, options.headers["allow"]) == (204, "GET, PATCH, DELETE, HEAD, OPTIONS")
    for odd in (":Revoke", ":revoke:revoke", ":", ":delete", ":revoke%20"):
        answer = platform.manage("POST", path + odd, {})
        assert (answer.status, answer.json()["message"]) == (404, "route not found"), odd


# --- faults


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_revocation_whose_storage_fails_is_503_and_can_be_sent_again(
    binding: BindingSteps, moment: Moment
) -> None:
    token, platform = binding.platform.management_token(), binding.platform

    def send(credential: dict[str, Any]) -> Answer:
        path = f"{platform.realm_path}{binding.managed}/credentials/{credential['id']}:revoke"
        return platform.call("POST", path, json={}, token=token)

    first, second = binding.bind(), binding.bind()
    with count_aws_calls() as calls:
        assert send(first).status == 200
    reads = [call for call in calls if call.operation in ("GetItem", "BatchGetItem", "Query")]
    assert reads
    assert all("'ConsistentRead': True" in str(call.params) for call in reads)
    with fail_aws_call("TransactWriteItems", moment) as failed:
        answer = send(second)
    assert failed
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert send(second).json()["state"] == "REVOKED"
