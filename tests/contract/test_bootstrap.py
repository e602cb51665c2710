"""Bootstrapping a deployment: once, again, and many times at the same instant (T61)."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from keybound.domain.errors import Conflict, NotFound
from keybound.domain.ids import TenantId
from keybound.domain.sealing_key import PURPOSES
from keybound.domain.secrets import hash_secret, system_randomness
from keybound.domain.tenancy import RealmPath
from keybound.signing.data_keys import unwrap
from keybound.signing.kms import KmsSigner
from keybound.signing.verify import TokenVerifier
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.signing_keys import SigningKeys
from moto import mock_aws

from tests.support.at_once import at_once
from tests.support.deployed_state import API_BASE_URL, AUTH_BASE_URL, DeployedState
from tools.cli.admin_binding import Invocation
from tools.cli.first_steps import (
    Administrator,
    Outcome,
    run_admin_link,
    run_bootstrap,
    run_new_secret,
)
from tools.cli.main import main

KEYBOUND = Path(sys.executable).with_name("keybound")
INVOKE_URL = "https://console.example.com"
ADMIN = Administrator("admin", Invocation(INVOKE_URL))
AT_ONCE = 8


@pytest.fixture(params=["moto", "ministack"])
def state(request: pytest.FixtureRequest) -> Iterator[DeployedState]:
    if request.param == "moto":
        with mock_aws():
            yield DeployedState()
    else:
        yield DeployedState(request.getfixturevalue("ministack_url"))


def invoke(state: DeployedState, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, *state.arguments])


def kinds(state: DeployedState) -> Counter[str]:
    """How many items of each kind the Directory holds: by the first words of their keys."""
    return Counter(
        f"{item['pk']['S'].partition('#')[0]}/{item['sk']['S'].partition('#')[0]}"
        for item in state.items()
        if not item["pk"]["S"].startswith("COUNT#")
    )


ONE_OF_EACH = {
    "BOOTSTRAP/FIRST_TENANT": 1,
    "TENANT/TENANT": 1,
    "TENANT/REALM": 1,
    "TENANT/FIRST_ADMIN": 1,
    "REALM/RS": 1,
    "REALM/APP": 1,
    "REALM/CONFIG": 1,
    "IDENTITY/IDENTITY": 1,
    "IDENTITY/JOB": 1,
    "USERNAME/USERNAME": 1,
    "SIGNING_KEYS/RING": 2,
    "SEALING/KEY": len(PURPOSES),
}


def test_eight_bootstraps_at_once_make_one_tenant_and_one_admin(state: DeployedState) -> None:
    """T61: a race in the first set-up gives nobody a second administrator or a second secret."""
    got = at_once(AT_ONCE, lambda _: run_bootstrap(state.target(), "Main", ADMIN))

    outcomes = [each for each in got if isinstance(each, Outcome)]
    assert len(outcomes) == AT_ONCE, got
    assert [each.problem for each in outcomes if each.problem] == []
    assert len({each.client.client_id for each in outcomes}) == 1
    assert len([each for each in outcomes if each.client.client_secret]) == 1
    assert len([each for each in outcomes if each.admin and each.admin.link]) == 1
    assert len({each.admin.identity_id for each in outcomes if each.admin}) == 1
    made = [purpose for each in outcomes for purpose in each.sealing_keys]
    assert sorted(made) == sorted(PURPOSES)
    assert kinds(state) == ONE_OF_EACH


def test_admins_of_different_names_at_once_are_still_one(state: DeployedState) -> None:
    """T61: the claim is the tenant's, not the username's."""
    names = [f"admin-{number}" for number in range(AT_ONCE)]

    at_once(
        AT_ONCE,
        lambda number: run_bootstrap(
            state.target(), "Main", Administrator(names[number], Invocation(INVOKE_URL))
        ),
    )

    assert kinds(state) == ONE_OF_EACH


def test_every_bootstrapped_part_works(state: DeployedState) -> None:
    outcome = run_bootstrap(state.target(), "Main", ADMIN)
    client, deployment = outcome.client, state.target().deployment()

    for purpose in PURPOSES:
        (version,) = SealingKeys(state.directory).of(purpose)
        assert len(unwrap(state.kms, deployment.sealing_key_id, version)) == 32
    published = SigningKeys(state.directory)
    assert {(key.alg, key.status) for key in published.all()} == {
        ("RS256", "current"),
        ("ES256", "current"),
    }
    for algorithm in ("RS256", "ES256"):
        token = KmsSigner(lambda: state.kms, published.all).sign({"a": 1}, typ="x", alg=algorithm)
        assert TokenVerifier(published.all).verify(token, typ="x") == {"a": 1}
    assert all(key.kms_key_id.startswith("arn:aws:kms:") for key in published.all())
    where = RealmPath(client.tenant_id, client.admin_realm_id)
    (application,) = Applications(state.directory, system_randomness).all(where)
    assert client.client_secret is not None
    assert application.client_secret_hash == hash_secret(client.client_secret)
    assert client.issuer.startswith(f"{AUTH_BASE_URL}/v1/tenants/{client.tenant_id}/realms/")


def test_the_admins_link_is_that_of_an_open_job_and_only_its_hash_is_stored(
    state: DeployedState,
) -> None:
    outcome = run_bootstrap(state.target(), "Main", ADMIN)
    assert outcome.admin is not None and outcome.admin.link is not None

    where = RealmPath(outcome.client.tenant_id, outcome.client.admin_realm_id)
    contention = Contention(system_randomness)
    jobs = BindingJobs(state.directory, contention)
    (job,) = jobs.of_identity(where, outcome.admin.identity_id)
    (token,) = parse_qs(urlsplit(outcome.admin.link).query)["token"]
    assert outcome.admin.link.startswith(f"{AUTH_BASE_URL}/v1/{where}/identities/")
    assert f"/credential-binding-jobs/{job.id}:invokeAuthenticator?" in outcome.admin.link
    assert job.token_hash == hash_secret(token)
    assert token not in json.dumps(state.items(), default=str)
    (config,) = AuthenticatorConfigs(state.directory, system_randomness).all(where)
    assert (config.invoke_url, config.relying_party_id) == (INVOKE_URL, "console.example.com")
    assert Identities(state.directory, contention).total(where) == 1


def test_a_second_run_changes_nothing_and_shows_no_secret(state: DeployedState) -> None:
    first = invoke(state, "bootstrap", "--admin-invoke-url", INVOKE_URL, "--json")
    assert first.exit_code == 0, first.output
    made, before = json.loads(first.output), state.items()
    secret = made["management"]["client_secret"]
    link = made["admin"]["credential_binding_link"]

    again = invoke(state, "bootstrap", "--admin-invoke-url", "https://other.example.com")
    asked = invoke(state, "bootstrap", "--json")

    assert (again.exit_code, asked.exit_code) == (0, 0)
    assert state.items() == before
    assert secret not in again.output + asked.output
    assert link not in again.output + asked.output
    assert json.loads(asked.output) == {
        **made,
        "changed": False,
        "sealing_keys_made": [],
        "signing_keys_published": [],
        "management": {**made["management"], "client_secret": None},
        "admin": {**made["admin"], "credential_binding_link": None},
    }
    assert f"keybound tenant new-secret --tenant-id {made['tenant_id']}" in again.output


def test_the_first_run_shows_secret_and_link_once_each_and_says_so(state: DeployedState) -> None:
    output = invoke(state, "bootstrap", "--admin-invoke-url", INVOKE_URL).output

    (line,) = [line for line in output.splitlines() if line.startswith("client secret")]
    assert output.count(line.split()[-1]) == 1
    assert output.count("?token=") == 1
    assert output.count("not be shown again") == 2


def test_without_an_invoke_url_there_is_no_admin_until_there_is_one(state: DeployedState) -> None:
    first = invoke(state, "bootstrap")
    assert first.exit_code == 0, first.output
    assert "administrator      none: say --admin-invoke-url" in first.output
    assert kinds(state)["IDENTITY/IDENTITY"] == 0

    second = invoke(state, "bootstrap", "--admin-invoke-url", INVOKE_URL)

    assert second.exit_code == 0, second.output
    assert kinds(state) == ONE_OF_EACH


def test_an_admin_who_was_deleted_is_not_made_again(state: DeployedState) -> None:
    """A pipeline that bootstraps at every release must not mint administrators."""
    outcome = run_bootstrap(state.target(), "Main", ADMIN)
    assert outcome.admin is not None
    where = RealmPath(outcome.client.tenant_id, outcome.client.admin_realm_id)
    identities = Identities(state.directory, Contention(system_randomness))
    identity = identities.find(where, outcome.admin.identity_id)
    assert identity is not None and identities.delete(identity)

    again = invoke(state, "bootstrap", "--admin-invoke-url", INVOKE_URL)

    assert again.exit_code == 0
    assert "deleted since" in again.output and "?token=" not in again.output
    assert identities.find_by_username(where, "admin") is None
    with pytest.raises(NotFound):
        run_admin_link(state.target(), outcome.client.tenant_id, ADMIN.invocation)


def test_a_wrong_invoke_url_is_refused_before_anything_is_made(state: DeployedState) -> None:
    refused = invoke(state, "bootstrap", "--admin-invoke-url", "http://console.example.com")

    assert refused.exit_code == 1
    assert (
        "authenticator_config.config.invoke_url: must use https, except on localhost"
        in refused.output
    )
    assert state.items() == []


def test_a_secret_is_shown_although_the_admin_could_not_be_made(
    state: DeployedState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Conflict("username already exists")

    monkeypatch.setattr("tools.cli.first_steps.create_first_admin", refuse)

    result = invoke(state, "bootstrap", "--admin-invoke-url", INVOKE_URL)

    assert result.exit_code == 1
    assert "Keep it now" in result.output
    assert "no administrator was made: username already exists" in result.output


def test_a_bootstrap_that_stopped_half_way_is_finished_by_the_next(state: DeployedState) -> None:
    deployment = state.target().deployment()
    kept = SealingKeys(state.directory)
    run_bootstrap(state.target(), "Main", None)
    for purpose in PURPOSES[2:]:
        (version,) = kept.of(purpose)
        key = {"pk": {"S": f"SEALING#{purpose}"}, "sk": {"S": f"KEY#{version.kid}"}}
        state.dynamodb.delete_item(TableName=deployment.directory.name, Key=key)

    outcome = run_bootstrap(state.target(), "Main", ADMIN)

    assert outcome.sealing_keys == PURPOSES[2:]
    assert outcome.signing_keys == ()
    assert kinds(state) == ONE_OF_EACH


def test_a_rotated_deployment_keeps_its_keys(state: DeployedState) -> None:
    """What follows the first key is for `keybound keys` to change."""
    run_bootstrap(state.target(), "Main", None)
    before = SigningKeys(state.directory).all()
    made = state.kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    alias = state.names.signing_alias("RS256", "a")
    state.kms.update_alias(AliasName=alias, TargetKeyId=made["KeyId"])

    again = run_bootstrap(state.target(), "Main", None)

    assert not again.changed
    assert SigningKeys(state.directory).all() == before


def test_further_tenants_are_tenants_of_their_own(state: DeployedState) -> None:
    early = invoke(state, "tenant", "create", "--display-name", "Second")
    assert early.exit_code == 1 and "run `keybound bootstrap`" in early.output
    first = run_bootstrap(state.target(), "Main", ADMIN).client

    made = invoke(state, "tenant", "create", "--display-name", "Second", "--json")

    assert made.exit_code == 0, made.output
    second = json.loads(made.output)
    assert second["tenant_id"] != first.tenant_id
    assert second["management"]["client_secret"]
    assert second["admin"] is None
    assert kinds(state)["TENANT/TENANT"] == 2
    assert run_bootstrap(state.target(), "Main", None).client.tenant_id == first.tenant_id


def test_a_new_secret_takes_the_old_ones_place(state: DeployedState) -> None:
    client = run_bootstrap(state.target(), "Main", None).client
    where = RealmPath(client.tenant_id, client.admin_realm_id)

    renewed = invoke(state, "tenant", "new-secret", "--json")

    assert renewed.exit_code == 0, renewed.output
    secret = json.loads(renewed.output)["client_secret"]
    assert secret != client.client_secret
    (application,) = Applications(state.directory, system_randomness).all(where)
    assert application.client_secret_hash == hash_secret(secret)
    assert application.client_id == client.client_id


def test_of_new_secrets_made_at_once_the_stored_one_was_shown(state: DeployedState) -> None:
    client = run_bootstrap(state.target(), "Main", None).client
    where = RealmPath(client.tenant_id, client.admin_realm_id)

    got = at_once(4, lambda _: run_new_secret(state.target(), client.tenant_id))

    shown = {
        hash_secret(each.client.client_secret)
        for each in got
        if isinstance(each, Outcome) and each.client.client_secret
    }
    (application,) = Applications(state.directory, system_randomness).all(where)
    assert application.client_secret_hash in shown


def test_an_unknown_tenant_gets_no_secret(state: DeployedState) -> None:
    run_bootstrap(state.target(), "Main", None)

    with pytest.raises(NotFound):
        run_new_secret(state.target(), TenantId("f" * 16))


def test_a_new_admin_link_ends_the_old_one(state: DeployedState) -> None:
    outcome = run_bootstrap(state.target(), "Main", ADMIN)
    assert outcome.admin is not None
    where = RealmPath(outcome.client.tenant_id, outcome.client.admin_realm_id)

    again = invoke(state, "tenant", "admin-link")

    assert again.exit_code == 0, again.output
    assert again.output.count("?token=") == 1
    assert str(outcome.admin.link) not in again.output
    jobs = BindingJobs(state.directory, Contention(system_randomness))
    states = sorted(job.state for job in jobs.of_identity(where, outcome.admin.identity_id))
    assert states == ["LINK_SENT", "REVOKED"]


def test_processes_that_bootstrap_at_once_print_one_secret(ministack_url: str) -> None:
    """T61, as an impatient operator and a pipeline would do it."""
    state = DeployedState(ministack_url)
    command = [KEYBOUND, "bootstrap", *state.arguments, "--admin-invoke-url", INVOKE_URL]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(4)
    ]
    outputs = [process.communicate(timeout=120)[0] for process in running]

    assert [process.returncode for process in running] == [0] * 4, outputs
    assert sum("Keep it now" in output for output in outputs) == 1
    assert sum("?token=" in output for output in outputs) == 1
    assert kinds(state) == ONE_OF_EACH


def test_data_key_pairs_are_made_once_where_the_signing_mode_says_so(ministack_url: str) -> None:
    """moto knows no GenerateDataKeyPairWithoutPlaintext."""
    state = DeployedState(ministack_url)

    got = at_once(
        4,
        lambda _: run_bootstrap(state.target(signing_mode="kms-data-key-pair"), "Main", None),
    )

    outcomes = [each for each in got if isinstance(each, Outcome)]
    assert len(outcomes) == 4, got
    assert len([kid for each in outcomes for kid in each.signing_keys]) == 2
    keys = SigningKeys(state.directory).all()
    assert [(key.status, key.wrapped is not None) for key in keys] == [("current", True)] * 2


def test_base_urls_come_from_the_outputs_of_the_app_stack(ministack_url: str) -> None:
    state = DeployedState(ministack_url)
    outputs = {"AuthBaseUrl": {"Value": AUTH_BASE_URL}, "ApiBaseUrl": {"Value": API_BASE_URL}}
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
    target = state.target(auth_base_url="", api_base_url="")
    cloudformation = target.client("cloudformation")
    name = state.names.stack("app")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )

    assert target.base_urls() == (AUTH_BASE_URL, API_BASE_URL)
