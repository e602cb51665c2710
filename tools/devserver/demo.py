"""The demo relying party: what it needs in the realm, and the process it runs in.

Its resources are made through the management API, and it learns them by environment only, as a
team's own application would.
"""

import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.cli.bootstrap import ManagementClient
from tools.devserver.dev_pages import MAILBOX
from tools.devserver.management_client import ManagementApi

#: Ways of invocation, and what people are told they sign in to.
INVOCATIONS = {"automatic": "Harbour", "manual": "Harbour, manual invocation"}
#: How people sign in. Codes by mail have to be asked for: they are never a default.
METHODS = ("webauthn_passkey", "email_one_time_password")
_TOKEN_LIFETIME_S = 3600


@dataclass(frozen=True)
class DemoRealm:
    """The realm of the demo, and the environment its application is started with."""

    realm_id: str
    environment: Mapping[str, str]


class DemoFailed(Exception):
    """The demo did not come up."""


def create_demo_realm(
    api: ManagementApi,
    client: ManagementClient,
    *,
    auth_base_url: str,
    api_base_url: str,
    port: int,
) -> DemoRealm:
    """Make a realm and, for each way of invocation, a config and an application bound to it."""
    realm = api.create(
        "realms", "realm", {"display_name": "Demo", "classification": "SECURE_CUSTOMER"}
    )
    environment = {
        "KEYBOUND_AUTH_BASE_URL": auth_base_url,
        "KEYBOUND_API_BASE_URL": api_base_url,
        "KEYBOUND_TENANT_ID": client.tenant_id,
        "KEYBOUND_REALM_ID": realm["id"],
        "KEYBOUND_MANAGEMENT_TOKEN_ENDPOINT": client.token_endpoint,
        "KEYBOUND_MANAGEMENT_CLIENT_ID": client.client_id,
        "KEYBOUND_MANAGEMENT_CLIENT_SECRET": client.client_secret or "",
        "PORT": str(port),
        "DEMO_SECRET_KEY": secrets.token_hex(32),
        "DEMO_MAILBOX_URL": f"{auth_base_url}{MAILBOX}",
    }
    for invocation in INVOCATIONS:
        made = _create_application(api, realm["id"], invocation, f"http://localhost:{port}")
        issuer = (
            f"{auth_base_url}/v1/tenants/{client.tenant_id}/realms/{realm['id']}"
            f"/applications/{made['id']}"
        )
        prefix = f"KEYBOUND_{invocation.upper()}"
        environment |= {
            f"{prefix}_APPLICATION_ISSUER": issuer,
            f"{prefix}_CLIENT_ID": made["protocol_config"]["client_id"],
            f"{prefix}_CLIENT_SECRET": made["protocol_config"]["client_secret"],
            f"{prefix}_AUTHENTICATOR_CONFIG_ID": made["authenticator_config_id"],
        }
    return DemoRealm(realm["id"], environment)


def _create_application(
    api: ManagementApi, realm_id: str, invocation: str, app_url: str
) -> dict[str, Any]:
    config = api.create(
        f"realms/{realm_id}/authenticator-configs",
        "authenticator_config",
        {
            "display_name": f"Demo, {invocation} invocation",
            "config": {
                "type": "embedded",
                "invoke_url": app_url,
                "invocation_type": invocation,
                "trusted_origins": [app_url],
                "authentication_methods": [{"type": name} for name in METHODS],
                "passkey_enroll_url": f"{app_url}/passkey/new",
                "passkey_manage_url": f"{app_url}/account",
            },
        },
    )
    return api.create(
        f"realms/{realm_id}/applications",
        "application",
        {
            "display_name": INVOCATIONS[invocation],
            "authenticator_config_id": config["id"],
            "protocol_config": {
                "type": "oidc",
                "confidentiality": "confidential",
                "grant_type": ["authorization_code"],
                "redirect_uris": [f"{app_url}/callback"],
                "allowed_scopes": [],
                "pkce": "s256",
                "token_configuration": {
                    "expires_after": _TOKEN_LIFETIME_S,
                    "token_signing_algorithm": "RS256",
                    "subject_field": "id",
                },
            },
        },
    )


class DemoProcess:
    """The demo application, running as a process of its own."""

    def __init__(self, realm: DemoRealm) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "KEYBOUND_"))
        }
        self.url = f"http://localhost:{realm.environment['PORT']}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "examples.relying_party"],
            env={**kept, **realm.environment},
            stdin=subprocess.DEVNULL,
        )

    def wait_until_it_answers(self, patience_s: float = 20.0) -> None:
        """Raises DemoFailed when it ends, or does not answer in time."""
        give_up_at = time.monotonic() + patience_s
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        look = urllib.request.Request(self.url, method="HEAD")
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                raise DemoFailed(f"the demo application ended with {self._process.returncode}")
            try:
                opener.open(look, timeout=5).close()
            except urllib.error.HTTPError as error:
                raise DemoFailed(f"the demo application answers {error.code}") from error
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise DemoFailed(f"the demo application does not answer on {self.url}")

    def ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it, kindly first."""
        self._process.terminate()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
