"""The main journey through CloudFormation, API Gateway and Lambda, under each function's role."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from keybound.domain.encoding import from_b64url

from functions.manifest import ROOMS
from tests.deploy.local_cloud import LocalDeployment
from tests.support.software_authenticator import SoftwareAuthenticator
from tools.cli.bootstrap import ManagementClient

APP = "http://localhost:8092"
# RFC 7636, Appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class Management:
    """Calls the management API of a new realm."""

    deployed: LocalDeployment
    realm: str
    token: str

    def __call__(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.deployed.call(
            method,
            self.realm + path,
            headers={"authorization": f"Bearer {self.token}"},
            content=None if body is None else json.dumps(body),
        )
        assert answer.status_code == 200, (method, path, answer.text)
        members: dict[str, Any] = answer.json() if answer.content else {}
        return members


@pytest.fixture(scope="module")
def manage(deployed: LocalDeployment, client: ManagementClient) -> Management:
    answer = deployed.call(
        "POST",
        client.token_endpoint,
        data={"grant_type": "client_credentials"},
        auth=(client.client_id, client.client_secret or ""),
    )
    assert answer.status_code == 200, answer.text
    realms = f"{deployed.outputs['ApiBaseUrl']}/v1/tenants/{client.tenant_id}/realms"
    tenant = Management(deployed, realms, answer.json()["access_token"])
    made = tenant("POST", "", {"realm": {"display_name": "Customers"}})
    return Management(deployed, f"{realms}/{made['id']}", tenant.token)


@dataclass
class Person:
    """An identity with a passkey, and the application it signs in to."""

    call: Callable[..., httpx.Response]
    issuer: str
    client_id: str
    identity_id: str
    passkeys: SoftwareAuthenticator

    def request(self) -> str:
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": f"{APP}/callback",
            "scope": "openid",
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        answer = self.call("GET", f"{self.issuer}/authorize?{httpx.QueryParams(query)}")
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["request"][0]

    def code(self) -> str:
        request = self.request()
        said = json.loads(from_b64url(request.split(".")[1]))
        credential = self.passkeys.get(said["relying_party_id"], said["challenge"])
        body = {"request": request, "credential": credential}
        answer = self.call("POST", f"{self.issuer}/authenticate", content=json.dumps(body))
        assert answer.status_code == 200, answer.text
        return parse_qs(urlsplit(answer.json()["redirect_url"]).query)["code"][0]

    def redeem(self, code: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{APP}/callback",
            "client_id": self.client_id,
            "code_verifier": VERIFIER,
        }
        return self.call("POST", f"{self.issuer}/token", data=form)

    def userinfo(self, token: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.call("GET", f"{self.issuer}/userinfo", headers=headers)


@pytest.fixture(scope="module")
def person(deployed: LocalDeployment, manage: Management) -> Person:
    """Made through the deployed API: config, application, identity, link, passkey."""
    config = manage("POST", "/authenticator-configs", {"authenticator_config": CONFIG})
    application = manage(
        "POST",
        "/applications",
        {
            "application": {
                "display_name": "App",
                "authenticator_config_id": config["id"],
                "protocol_config": PUBLIC_CLIENT,
            }
        },
    )
    identity = manage("POST", "/identities", {"identity": ANN})
    passkeys = SoftwareAuthenticator(APP)
    bind(deployed, manage, identity["id"], config["id"], passkeys)
    issuer = manage.realm.replace(deployed.outputs["ApiBaseUrl"], deployed.outputs["AuthBaseUrl"])
    return Person(
        deployed.call,
        f"{issuer}/applications/{application['id']}",
        application["protocol_config"]["client_id"],
        identity["id"],
        passkeys,
    )


CONFIG = {
    "display_name": "App",
    "config": {
        "type": "embedded",
        "invocation_type": "automatic",
        "invoke_url": APP,
        "trusted_origins": [APP],
        "authentication_methods": [{"type": "webauthn_passkey"}],
    },
}
PUBLIC_CLIENT = {
    "type": "oidc",
    "allowed_scopes": [],
    "confidentiality": "public",
    "grant_type": ["authorization_code"],
    "redirect_uris": [f"{APP}/callback"],
    "token_endpoint_auth_method": "none",
    "pkce": "s256",
}
ANN = {
    "display_name": "Ann",
    "traits": {"type": "traits_v0", "username": "ann", "primary_email_address": "ann@example.com"},
}


def bind(
    deployed: LocalDeployment,
    manage: Management,
    identity_id: str,
    config_id: str,
    passkeys: SoftwareAuthenticator,
) -> None:
    jobs = f"/identities/{identity_id}/credential-binding-jobs"
    job = {"delivery_method": "RETURN", "authenticator_config_id": config_id}
    link = manage("POST", jobs, {"job": job})["credential_binding_link"]
    opened = deployed.call("GET", link, headers={"accept": "application/json"}).json()
    bearer = {"authorization": f"Bearer {opened['token']}"}
    address = link.partition(":invokeAuthenticator")[0]
    begun = deployed.call("POST", f"{address}:beginBinding", headers=bearer).json()
    body = {
        "binding_session": begun["binding_session"],
        "credential": passkeys.create(begun["public_key"]),
    }
    done = deployed.call(
        "POST", f"{address}:completeBinding", headers=bearer, content=json.dumps(body)
    )
    assert done.status_code == 200, done.text


def test_a_person_binds_a_passkey_and_signs_in_through_the_deployed_stacks(person: Person) -> None:
    answer = person.redeem(person.code())
    assert answer.status_code == 200, answer.text
    told = person.userinfo(answer.json()["access_token"])
    assert told.status_code == 200
    assert told.json()["sub"] == person.identity_id


def test_a_code_used_twice_ends_the_login_in_the_deployed_table(person: Person) -> None:
    code = person.code()
    token = person.redeem(code).json()["access_token"]
    again = person.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert person.userinfo(token).status_code == 401


def test_each_management_verb_is_allowed_by_the_rooms_own_role(
    manage: Management, person: Person
) -> None:
    """Every kind of read and write once: a verb missing in the manifest would be a 503."""
    identity = f"/identities/{person.identity_id}"
    for name in ("bea", "cem"):
        made = ANN | {"traits": {"type": "traits_v0", "username": name}}
        manage("POST", "/identities", {"identity": made})
    page = manage("GET", "/identities?page_size=2")
    assert manage("GET", f"/identities?page_size=2&page_token={page['next_page_token']}")
    manage("PATCH", identity, {"identity": {"display_name": "Ann B."}})
    (config,) = manage("GET", "/authenticator-configs")["authenticator_configs"]
    manage("PATCH", f"/authenticator-configs/{config['id']}", {"authenticator_config": CONFIG})
    (credential,) = manage("GET", f"{identity}/credentials")["credentials"]
    job = {"delivery_method": "RETURN", "authenticator_config_id": config["id"]}
    made = manage("POST", f"{identity}/credential-binding-jobs", {"job": job})
    open_job = made["credential_binding_job"]["id"]
    manage("POST", f"{identity}/credential-binding-jobs/{open_job}:revoke", {})
    assert len(manage("GET", f"{identity}/credential-binding-jobs")["credential_binding_jobs"]) == 2
    (application,) = manage("GET", "/applications")["applications"]
    manage("PATCH", f"/applications/{application['id']}", {"application": {"display_name": "B"}})
    assert credential["state"] == "ACTIVE"


def test_an_identity_with_a_passkey_is_deleted_by_the_rooms_own_role(
    deployed: LocalDeployment, manage: Management
) -> None:
    config = manage("POST", "/authenticator-configs", {"authenticator_config": CONFIG})
    dan = ANN | {"traits": {"type": "traits_v0", "username": "dan"}}
    identity = manage("POST", "/identities", {"identity": dan})["id"]
    bind(deployed, manage, identity, config["id"], SoftwareAuthenticator(APP))
    (credential,) = manage("GET", f"/identities/{identity}/credentials")["credentials"]
    manage("POST", f"/identities/{identity}/credentials/{credential['id']}:revoke", {})
    manage("DELETE", f"/identities/{identity}")
    manage("DELETE", f"/authenticator-configs/{config['id']}")


def test_a_path_of_nobody_is_our_404_on_both_hosts(deployed: LocalDeployment) -> None:
    for host in ("AuthBaseUrl", "ApiBaseUrl"):
        answer = deployed.call("GET", f"{deployed.outputs[host]}/nobody")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


SCHEDULED = [room.name for room in ROOMS if room.schedule_minutes and not room.signing_mode]


@pytest.mark.usefixtures("client")  # the tables are filled, as before any schedule's first run
@pytest.mark.parametrize("name", SCHEDULED)
def test_a_scheduled_room_runs_by_its_alias(deployed: LocalDeployment, name: str) -> None:
    run = deployed.client("lambda").invoke(FunctionName=f"keybound-prod-{name}:live", Payload=b"{}")
    assert "FunctionError" not in run, run["Payload"].read()


def test_roles_are_enforced_here(deployed: LocalDeployment) -> None:
    """Guards this file: with IAM switched off, the tests above would prove nothing about roles."""
    iam = deployed.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    powerless = boto3.client(
        "dynamodb",
        endpoint_url=deployed.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        powerless.describe_table(TableName=deployed.outputs["DirectoryTableName"])
