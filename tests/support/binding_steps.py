"""The steps of binding a passkey, over real rooms: identity, job, link, ceremony."""

import os
from dataclasses import dataclass, field
from typing import Any

from tests.support.configuration_bodies import make_config
from tests.support.platform import Answer, Platform
from tests.support.software_authenticator import HONEST, Lies, SoftwareAuthenticator

ORIGIN = "https://app.example.com"


@dataclass
class LinkSteps:
    """One job's link, and what its holder can do."""

    platform: Platform
    job: dict[str, Any]
    link: str
    token: str = field(init=False)
    base: str = field(init=False)

    def __post_init__(self) -> None:
        address, _, self.token = self.link.partition("?token=")
        self.base = address.removesuffix(":invokeAuthenticator")

    @property
    def managed(self) -> str:
        """The job's path below the realm, on the api host."""
        return f"/identities/{self.job['identity_id']}/credential-binding-jobs/{self.job['id']}"

    def state(self) -> str:
        answer = self.platform.manage("GET", self.managed)
        assert answer.status == 200, answer.text
        state: str = answer.json()["state"]
        return state

    def follow(self, method: str = "GET", **headers: str) -> Answer:
        return self.platform.call(method, self.link, headers=headers)

    def begin(self, token: str | None = None, **headers: str) -> Answer:
        return self.post("beginBinding", {}, token, **headers)

    def begun(self) -> dict[str, Any]:
        answer = self.begin()
        assert answer.status == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def answer(
        self, authenticator: SoftwareAuthenticator | None = None, lies: Lies = HONEST, **more: Any
    ) -> dict[str, Any]:
        """Begin, register, and return a good body for completeBinding."""
        begun = self.begun()
        device = authenticator or SoftwareAuthenticator(ORIGIN)
        credential = device.create(begun["public_key"], lies=lies)
        return {"binding_session": begun["binding_session"], "credential": credential, **more}

    def complete(self, body: Any = None, token: str | None = None, **headers: str) -> Answer:
        return self.post(
            "completeBinding", self.answer() if body is None else body, token, **headers
        )

    def post(self, verb: str, body: Any, token: str | None = None, **headers: str) -> Answer:
        sent = self.token if token is None else token
        return self.platform.call(
            "POST", f"{self.base}:{verb}", json=body, token=sent, headers=headers
        )


@dataclass
class BindingSteps:
    """An identity of the platform's realm, and a config to bind with."""

    platform: Platform
    config_id: str
    identity: dict[str, Any]

    @property
    def managed(self) -> str:
        return f"/identities/{self.identity['id']}"

    def make_job(self, **job: Any) -> Answer:
        body = {"delivery_method": "RETURN", "authenticator_config_id": self.config_id, **job}
        return self.platform.manage(
            "POST", f"{self.managed}/credential-binding-jobs", {"job": body}
        )

    def link(self, **job: Any) -> LinkSteps:
        answer = self.make_job(**job)
        assert answer.status == 200, answer.text
        content = answer.json()
        return LinkSteps(
            self.platform, content["credential_binding_job"], content["credential_binding_link"]
        )

    def bind(self, authenticator: SoftwareAuthenticator | None = None) -> dict[str, Any]:
        """Bind one passkey and return its credential as answered."""
        link = self.link()
        answer = link.complete(link.answer(authenticator))
        assert answer.status == 200, answer.text
        credential: dict[str, Any] = answer.json()["credential"]
        return credential

    def change(self, **identity: Any) -> Answer:
        answer = self.platform.manage("PATCH", self.managed, {"identity": identity})
        assert answer.status == 200, answer.text
        return answer

    def delete(self) -> None:
        assert self.platform.manage("DELETE", self.managed).status == 200

    def credentials(self) -> list[dict[str, Any]]:
        answer = self.platform.manage("GET", f"{self.managed}/credentials")
        assert answer.status == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["credentials"]
        return found


def identity_body(username: str = "", **identity: Any) -> dict[str, Any]:
    """A good body that makes an identity."""
    name = username or f"ada-{os.urandom(4).hex()}"
    traits = {"type": "traits_v0", "username": name, "primary_email_address": "ada@example.com"}
    return {"identity": {"display_name": "Ada Lovelace", "traits": traits, **identity}}


def new_binding(platform: Platform, **config: Any) -> BindingSteps:
    """Make a config and an identity; `config` replaces members of the former."""
    answer = platform.manage("POST", "/identities", identity_body())
    assert answer.status == 200, answer.text
    return BindingSteps(platform, make_config(platform, **config), answer.json())
