"""The main journey through CloudFormation, API Gateway and Lambda.

Three times: each function under its own role, in both signing modes, and with no role enforced.
"""

import json
from contextlib import nullcontext

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError
from keybound.domain.encoding import from_b64url
from keybound.storage.signing_keys import SigningKeys

from tests.deploy.conftest import SENDER, Variant
from tests.deploy.journey import (
    ANN,
    APP,
    CONFIG,
    Management,
    Person,
    bind,
    code_of,
    follow,
    link_in,
    mail_number,
    one_time_password_in,
)
from tests.deploy.local_cloud import LocalDeployment
from tests.support.software_authenticator import SoftwareAuthenticator
from tools.cli.deployment import Deployment

ANNS, EVE = "ann@example.com", "eve@example.com"


def test_a_person_binds_a_passkey_and_signs_in_through_the_deployed_stacks(person: Person) -> None:
    answer = person.redeem(person.code())
    assert answer.status_code == 200, answer.text
    told = person.userinfo(answer.json()["access_token"])
    assert told.status_code == 200
    assert told.json()["sub"] == person.identity_id


def test_a_passkey_is_bound_through_a_mailed_link(
    deployed: LocalDeployment, manage: Management
) -> None:
    eve = ANN | {"traits": {"type": "traits_v0", "username": "eve", "primary_email_address": EVE}}
    identity = f"/identities/{manage('POST', '/identities', {'identity': eve})['id']}"
    (config, *_) = manage("GET", "/authenticator-configs")["authenticator_configs"]
    job = {"delivery_method": "EMAIL", "authenticator_config_id": config["id"]}
    made = manage("POST", f"{identity}/credential-binding-jobs", {"job": job})
    assert "credential_binding_link" not in made
    mail = mail_number(deployed, 1, EVE)
    assert mail["Source"] == SENDER
    follow(deployed, link_in(mail), SoftwareAuthenticator(APP))
    (credential,) = manage("GET", f"{identity}/credentials")["credentials"]
    assert credential["state"] == "ACTIVE"
    (done,) = manage("GET", f"{identity}/credential-binding-jobs")["credential_binding_jobs"]
    assert (done["state"], done["mail_state"]) == ("COMPLETE", "SENT")
    assert len(deployed.mails(EVE)) == 1


def test_a_person_signs_in_by_a_mailed_code(deployed: LocalDeployment, person: Person) -> None:
    """One room asks, another writes the mail, invoked by the first without waiting."""
    sent = len(deployed.mails(ANNS))
    request = person.request()
    asked = person.call(
        "POST", f"{person.issuer}/otp", content=json.dumps({"request": request, "email": ANNS})
    )
    assert asked.status_code == 200, asked.text
    mail = mail_number(deployed, sent + 1, ANNS)
    tried = {
        "request": request,
        "otp_session": asked.json()["otp_session"],
        "code": one_time_password_in(mail),
    }
    answer = person.call("POST", f"{person.issuer}/otp/redeem", content=json.dumps(tried))
    told = person.redeem(code_of(answer))
    assert told.status_code == 200, told.text
    claims = jwt.decode(told.json()["id_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["amr"]) == (person.identity_id, ["otp"])
    again = person.call("POST", f"{person.issuer}/otp/redeem", content=json.dumps(tried))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")


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


@pytest.mark.usefixtures("client")  # the tables are filled, as before any schedule's first run
def test_scheduled_rooms_run_by_their_aliases(deployed: LocalDeployment) -> None:
    scheduled = [room.name for room in deployed.templates.rooms if room.schedule_minutes]
    assert "expiry_cleanup" in scheduled
    invoke = deployed.client("lambda").invoke
    for name in scheduled:
        run = invoke(FunctionName=f"keybound-prod-{name}:live", Payload=b"{}")
        assert "FunctionError" not in run, run["Payload"].read()


def test_tokens_are_signed_in_the_mode_that_was_deployed(
    variant: Variant, operator: Deployment, person: Person
) -> None:
    token = person.redeem(person.code()).json()["id_token"]
    header = json.loads(from_b64url(token.split(".")[0]))
    (key,) = (key for key in SigningKeys(operator.directory).all() if key.kid == header["kid"])
    assert (key.wrapped is not None) is (variant.signing_mode == "kms-data-key-pair")
    jwks = person.call("GET", f"{person.issuer}/.well-known/jwks.json").json()
    published = jwt.PyJWKSet.from_dict(jwks)[header["kid"]]
    claims = jwt.decode(token, published, [header["alg"]], audience=person.client_id)
    assert claims["iss"] == person.issuer


def test_roles_are_enforced_where_this_file_says_so(
    deployed: LocalDeployment, variant: Variant
) -> None:
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
    refused = pytest.raises(ClientError, match="AccessDenied") if variant.roles else nullcontext()
    with refused:
        powerless.describe_table(TableName=deployed.outputs["DirectoryTableName"])
