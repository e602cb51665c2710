"""The demo's files below /.well-known/, which the service makes from its authenticator config."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from examples.relying_party.app import create_app
from examples.relying_party.settings import read_settings
from tests.browser.demo.keybound_process import Keybound
from tests.browser.demo.own_site import OwnSite, own_site
from tests.browser.demo.test_back_end import ENVIRONMENT
from tests.browser.sdk.loopback import Answer, Request, json_answer, serving

FINGERPRINT = ":".join(["AB"] * 32)
#: What a config says beyond the demo's own, and the origins that go with it. The last is the
#: base64url form of the fingerprint.
APPS = {
    "related_origins": ["https://demo.example.com"],
    "android_apps": [
        {"package_name": "com.example.demo", "sha256_cert_fingerprints": [FINGERPRINT]}
    ],
    "apple_app_ids": ["ABCDE12345.com.example.demo"],
}
FILES = ("webauthn", "assetlinks.json", "apple-app-site-association", "passkey-endpoints")


@pytest.fixture(scope="module")
def site(keybound: Keybound) -> Iterator[OwnSite]:
    with own_site(keybound) as running:
        yield running


def ask(site: OwnSite, name: str) -> Any:
    return site.app.test_client().get(f"/.well-known/{name}", base_url=site.keybound.demo_url)


def test_the_pages_where_passkeys_are_made_and_managed_are_announced(site: OwnSite) -> None:
    answer = ask(site, "passkey-endpoints")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    url = site.keybound.demo_url
    assert answer.json == {"enroll": f"{url}/passkey/new", "manage": f"{url}/account"}
    for page in answer.json.values():
        path = page.removeprefix(url)
        shown = site.app.test_client().get(path, base_url=url)
        assert shown.status_code in (302, 403)  # both are there, for those who signed in


@pytest.mark.parametrize("name", FILES[:3])
def test_what_the_config_has_nothing_for_is_not_there(site: OwnSite, name: str) -> None:
    assert ask(site, name).status_code == 404


def test_each_file_says_what_the_config_says(site: OwnSite) -> None:
    configs = site.keybound.manage("GET", "/authenticator-configs")["authenticator_configs"]
    config = next(each for each in configs if "automatic" in each["display_name"])
    path = f"/authenticator-configs/{config['id']}"
    # The derived list follows no later change, so it is sent with what has to stand in it.
    origins = [*config["config"]["expected_origins"], *APPS["related_origins"]]
    origins.append("android:apk-key-hash:" + "q6ur" * 10 + "q6s")
    body = {"authenticator_config": {"config": APPS | {"expected_origins": origins}}}
    site.keybound.manage("PATCH", path, body)
    assert ask(site, "webauthn").json == {"origins": APPS["related_origins"]}
    (link,) = json.loads(ask(site, "assetlinks.json").data)
    assert link["target"]["package_name"] == "com.example.demo"
    apple = ask(site, "apple-app-site-association").json
    assert apple == {"webcredentials": {"apps": APPS["apple_app_ids"]}}


class Service:
    """Answers for the service: what it was asked for, and what it says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.says = json_answer({})

    def answer(self, request: Request) -> Answer:
        self.asked.append(request.path)
        return self.says


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[FlaskClient]:
    with serving(service) as server:
        settings = read_settings({**ENVIRONMENT, "KEYBOUND_AUTH_BASE_URL": server.origin})
        yield create_app(settings).test_client()


@pytest.mark.parametrize(
    "name", ["", "openid-configuration", "..%2fwebauthn", "webauthn/x", "WEBAUTHN"]
)
def test_nothing_else_is_passed_on(client: FlaskClient, service: Service, name: str) -> None:
    answer = client.get(f"/.well-known/{name}", base_url="http://localhost:8082")
    assert answer.status_code == 404
    assert service.asked == []


@pytest.mark.parametrize(
    ("says", "status"),
    [
        (json_answer({"code": "not_found"}, 404), 404),
        (json_answer({}, 500), 503),
        (json_answer({}, 302), 503),
    ],
)
def test_a_service_without_the_file_or_out_of_order_is_told_apart(
    client: FlaskClient, service: Service, says: Answer, status: int
) -> None:
    service.says = says
    for name in FILES:
        answer = client.get(f"/.well-known/{name}", base_url="http://localhost:8082")
        assert answer.status_code == status
    realm = "/v1/tenants/000183a77dd50fa9/realms/cdf4862dc4d49791"
    assert service.asked == [
        f"{realm}/authenticator-configs/config/well-known/{name}" for name in FILES
    ]


def test_a_service_that_is_away_is_said_to_be() -> None:
    client = create_app(read_settings(ENVIRONMENT)).test_client()
    answer = client.get("/.well-known/webauthn", base_url="http://localhost:8082")
    assert answer.status_code == 503
