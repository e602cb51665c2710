"""The main journey, by HTTP alone: a realm, an application, a passkey, a sign-in, and by mail."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from keybound.domain.encoding import from_b64url

from tests.deploy.local_cloud import LocalDeployment
from tests.support.software_authenticator import SoftwareAuthenticator
from tools.cli.bootstrap import ManagementClient

# How long a call that runs beside the tests may take on a busy machine: a function that starts.
WITHIN_S = 120
_LINK = re.compile(r"^https?\S+:invokeAuthenticator\?token=\S+", re.MULTILINE)
_CODE = re.compile(r"^    (\d{6})\s*$", re.MULTILINE)

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


def new_realm(deployed: LocalDeployment, client: ManagementClient) -> Management:
    """A customer realm of the tenant, and a management token for it."""
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
        return code_of(answer)

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


def code_of(answer: httpx.Response) -> str:
    """The authorization code of a sign-in that ended well."""
    assert answer.status_code == 200, answer.text
    return parse_qs(urlsplit(str(answer.json()["redirect_url"])).query)["code"][0]


def until(done: Callable[[], Any], within_s: float = WITHIN_S) -> None:
    give_up = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < give_up, f"not within {within_s} s"
        time.sleep(0.1)  # another process is at work


def mail_number(deployed: LocalDeployment, number: int, to: str) -> dict[str, Any]:
    """The n-th mail to an address, from 1, once SES took it."""
    until(lambda: len(deployed.mails(to)) >= number)
    return deployed.mails(to)[number - 1]


def link_in(mail: dict[str, Any]) -> str:
    (link,) = _LINK.findall(mail["BodyText"])
    assert link in mail["BodyHtml"]
    return str(link)


def one_time_password_in(mail: dict[str, Any]) -> str:
    (password,) = _CODE.findall(mail["BodyText"])
    return str(password)


def new_person(deployed: LocalDeployment, manage: Management) -> Person:
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
        "authentication_methods": [
            {"type": "webauthn_passkey"},
            {"type": "email_one_time_password"},
        ],
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
    follow(deployed, manage("POST", jobs, {"job": job})["credential_binding_link"], passkeys)


def follow(deployed: LocalDeployment, link: str, passkeys: SoftwareAuthenticator) -> None:
    """Bind a passkey through a link."""
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
