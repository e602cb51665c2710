"""An application with its issuer, and a person with a passkey for it."""

from dataclasses import dataclass
from typing import Any

from tests.support.http_journey import Backend, Browser


@dataclass
class SignedUp:
    """Who signs in, and where."""

    backend: Backend
    browser: Browser
    application: dict[str, Any]
    identity: dict[str, Any]
    issuer: str

    @property
    def client_id(self) -> str:
        return str(self.application["protocol_config"]["client_id"])

    @property
    def client_secret(self) -> str:
        return str(self.application["protocol_config"].get("client_secret", ""))


def sign_up(dev_server: dict[str, Any], **protocol: Any) -> SignedUp:
    """Make an application by the management API and bind a passkey to a new identity."""
    backend, browser = Backend(dev_server), Browser()
    config = backend.new_config()
    application = backend.new_application(config["id"], **protocol)
    identity = backend.new_identity()
    bound = browser.bind(backend.new_link(identity["id"], config["id"]))
    assert bound.status_code == 200, bound.text
    return SignedUp(backend, browser, application, identity, backend.issuer(application))
