"""The whole platform in this process, on moto: real rooms, reached through real events.

A call goes the way it goes in the development server: route table, API Gateway event, the room's
`lambda_handler`, its answer. Rooms are imported when they are first called.
"""

import functools
import json as jsonlib
import os
import time
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import uuid4

import botocore.session
from keybound.domain.clock import SystemClock
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.domain.tenancy import Realm
from keybound.edge import aws
from keybound.signing.kms import KmsSigner
from keybound.storage import keys
from keybound.storage.codec import encode
from keybound.storage.signing_keys import SigningKeys

from functions import composition
from functions.manifest import Host, room
from tests.support import openapi_answers
from tests.support.rooms import forget_rooms
from tools.cli import bootstrap
from tools.devserver import cloud
from tools.devserver.events import HttpCall
from tools.devserver.invocation import call_route, run_schedule, send_event
from tools.devserver.later import Later
from tools.devserver.later import watch as watch_later
from tools.devserver.outbox import Mail, Outbox

AUTH_BASE_URL = "http://localhost:8080"
API_BASE_URL = "http://localhost:8081"
SETTINGS = "KEYBOUND_"

# Rooms that start anew make new AWS clients: they may share the descriptions of the services.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)


@dataclass(frozen=True)
class Answer:
    """A room's answer. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return jsonlib.loads(self.body)


class TestClock:
    """Holds the clock of rooms still until it is moved, so that no test depends on how fast the
    machine is. `now()` is what they see; other clocks of the process go on."""

    __test__ = False

    def __init__(self) -> None:
        started = time.time()
        self._held = patch("keybound.domain.clock.time", SimpleNamespace(time=lambda: started))

    def hold(self) -> None:
        self._held.start()

    def release(self) -> None:
        self._held.stop()

    def now(self) -> int:
        return SystemClock()()

    def advance(self, seconds: int) -> None:
        SystemClock.offset_s += seconds

    def reset(self) -> None:
        SystemClock.offset_s = 0


class Platform:
    """Both hosts, one tenant with its management client, and one customer realm.

    Only one may be started at a time; `stop()` takes everything away.
    """

    auth_base_url = AUTH_BASE_URL
    api_base_url = API_BASE_URL

    def __init__(self) -> None:
        self.clock = TestClock()
        self._tokens: dict[tuple[tuple[str, ...] | None, int], str] = {}
        self._before = {k: v for k, v in os.environ.items() if k.startswith(SETTINGS)}
        self._stop_moto = cloud.start_moto()
        try:
            self._make_deployment()
        except BaseException:
            self.stop()
            raise

    def _make_deployment(self) -> None:
        forget_rooms()
        self.clock.reset()
        self.clock.hold()
        cloud_keys = cloud.create_keys(aws.kms())
        cloud.create_tables(aws.dynamodb())
        self.outbox = Outbox(composition.clock)
        self.accepted: list[Later] = []
        self.watch()
        cloud.create_sender(aws.ses())
        os.environ.update(
            cloud.room_environment(
                cloud_keys, auth_base_url=AUTH_BASE_URL, api_base_url=API_BASE_URL
            )
        )
        self.deployment = bootstrap.Deployment(
            composition.directory(),
            aws.kms,
            cloud_keys.sealing_key_id,
            AUTH_BASE_URL,
            API_BASE_URL,
            composition.clock,
            composition.randomness,
        )
        bootstrap.create_sealing_keys(self.deployment)
        bootstrap.publish_signing_keys(self.deployment, cloud_keys.signing_key_ids)
        self.management = bootstrap.create_tenant(self.deployment, "Test tenant")
        self.tenant_id = self.management.tenant_id
        self.realm_id = self.create_realm(self.management).id

    def watch(self) -> None:
        """Keep mails and calls that are not waited for; again after rooms forgot their clients."""
        self.outbox.watch()
        watch_later(self.accepted.append)

    def stop(self) -> None:
        """Stop moto and give environment, clock and caches back."""
        self._stop_moto()
        self.clock.release()
        self.clock.reset()
        forget_rooms()
        for name in [name for name in os.environ if name.startswith(SETTINGS)]:
            del os.environ[name]
        os.environ.update(self._before)

    # Calls ---------------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        url: str,
        *,
        host: str = "api",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes | str = b"",
        json: Any = None,
        form: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        token: str = "",
    ) -> Answer:
        """Send one call. An absolute URL decides the host itself; a path goes to `host`.

        Every answer of the api host is held to the OpenAPI document.
        json, form: set the body and its content type. token: sent as `Authorization: Bearer`.
        """
        sent = list(headers.items() if isinstance(headers, Mapping) else headers)
        data = body.encode() if isinstance(body, str) else body
        if json is not None:
            data = jsonlib.dumps(json).encode()
            sent.append(("content-type", "application/json"))
        if form is not None:
            pairs = form.items() if isinstance(form, Mapping) else form
            data = urlencode(list(pairs)).encode()
            sent.append(("content-type", "application/x-www-form-urlencoded"))
        if token:
            sent.append(("authorization", f"Bearer {token}"))
        chosen, target = self._target(url, host)
        answer = call_route(chosen, HttpCall(method, target, sent, data))
        if chosen is Host.API:
            found = (answer.status, answer.headers, answer.body)
            undocumented = openapi_answers.faults(method, target.partition("?")[0], *found)
            assert not undocumented, undocumented
        return Answer(answer.status, answer.headers, answer.body, answer.cookies)

    def manage(
        self, method: str, path: str, json: Any = None, *, scopes: Iterable[str] | None = None
    ) -> Answer:
        """Call the management API with a `good_token`.

        path: below `/v1/tenants/{t}/realms/{r}` of the platform's own realm, for example
        `/identities`; or a whole path that begins with `/v1/`.
        """
        if not path.startswith("/v1/"):
            path = f"{self.realm_path}{path}"
        return self.call(method, path, json=json, token=self.good_token(scopes))

    @property
    def mails(self) -> list[Mail]:
        """Every mail sent so far, oldest first."""
        return self.outbox.mails

    @property
    def realm_path(self) -> str:
        return f"/v1/tenants/{self.tenant_id}/realms/{self.realm_id}"

    def run_scheduled(self, name: str) -> Any:
        """Run a scheduled room once and return what it returned."""
        return run_schedule(room(name), self.clock.now())

    def run_accepted(self) -> list[Any]:
        """Run what rooms have called without waiting, and return what it returned."""
        waiting, self.accepted[:] = list(self.accepted), []
        return [later.run() for later in waiting]

    def send_event(self, name: str, event: dict[str, Any]) -> Any:
        """Bring a room an event, as EventBridge would, and return what it returned."""
        return send_event(room(name), event)

    def _target(self, url: str, host: str) -> tuple[Host, str]:
        for base, chosen in ((AUTH_BASE_URL, Host.AUTH), (API_BASE_URL, Host.API)):
            if url.startswith(f"{base}/"):
                return chosen, url.removeprefix(base)
        if not url.startswith("/"):
            raise ValueError(f"{url} is on neither host")
        return Host(host), url

    # Tenants and tokens --------------------------------------------------------------------------

    def create_realm(
        self, client: bootstrap.ManagementClient, display_name: str = "Customers"
    ) -> Realm:
        """Put a customer realm of a tenant straight into the table."""
        now = self.clock.now()
        realm_id = composition.randomness(8).hex()
        realm = Realm(realm_id, client.tenant_id, display_name, now, now)  # type: ignore[arg-type]
        key = keys.realm(realm.tenant_id, realm.id)
        self.deployment.directory.put({**key._asdict(), **encode(realm)})
        return realm

    def second_tenant(self) -> bootstrap.ManagementClient:
        """Make another tenant; `management_token(client=…)` speaks for it."""
        return bootstrap.create_tenant(self.deployment, "Another tenant")

    def management_token(
        self,
        scopes: Iterable[str] | None = None,
        *,
        client: bootstrap.ManagementClient | None = None,
    ) -> str:
        """Ask the token room for a token with these scopes (all of them when None)."""
        client = client or self.management
        scopes = MANAGEMENT_SCOPES if scopes is None else tuple(scopes)
        if not scopes:  # the token room reads "no scope" as "all that is allowed"
            return self.sign(self.management_claims(client) | {"scope": ""})
        pair = f"{client.client_id}:{client.client_secret}".encode()
        answer = self.call(
            "POST",
            client.token_endpoint,
            headers={"authorization": f"Basic {b64encode(pair).decode()}"},
            form={"grant_type": "client_credentials", "scope": " ".join(scopes)},
        )
        assert answer.status == 200, answer.text
        return str(answer.json()["access_token"])

    def good_token(self, scopes: Iterable[str] | None = None) -> str:
        """Return a token with these scopes, asked for once while the clock stands still."""
        asked = (None if scopes is None else tuple(scopes), self.clock.now())
        if asked not in self._tokens:
            self._tokens[asked] = self.management_token(asked[0])
        return self._tokens[asked]

    def management_claims(self, client: bootstrap.ManagementClient | None = None) -> dict[str, Any]:
        """Return the claims of a good management token, for tests that spoil one of them."""
        client = client or self.management
        now = self.clock.now()
        return {
            "iss": client.issuer,
            "sub": client.client_id,
            "aud": f"{API_BASE_URL}/v1/tenants/{client.tenant_id}",
            "exp": now + 3600,
            "iat": now,
            "jti": uuid4().hex,
            "client_id": client.client_id,
            "scope": " ".join(MANAGEMENT_SCOPES),
            "tenant_id": client.tenant_id,
            "realm_id": client.admin_realm_id,
        }

    def sign(self, claims: Mapping[str, Any], *, typ: str = "at+jwt", alg: str = "RS256") -> str:
        """Sign any claims with the deployment's own key."""
        signer = KmsSigner(aws.kms, SigningKeys(self.deployment.directory).all)
        return signer.sign(claims, typ=typ, alg=alg)
