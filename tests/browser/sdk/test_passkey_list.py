"""getPasskeys and deletePasskey: what a browser remembers, and what it must not."""

import json
from typing import Any

import pytest

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import TOKEN, FakeService
from tests.browser.sdk.loopback import Server
from tests.support.chromium import VirtualAuthenticator

KEY = "keybound.passkeys"


def stored(sdk: SdkPage) -> dict[str, str]:
    items: dict[str, str] = sdk.page.evaluate("() => ({ ...localStorage })")
    return items


def test_nothing_secret_is_left_in_the_browser_after_binding_and_signing_in(
    sdk: SdkPage,
    service: FakeService,
    auth: Server,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    url = service.authenticate_url()
    sdk.call("authenticate", url)
    items = stored(sdk)
    assert list(items) == [KEY]
    entry = json.loads(items[KEY])[0]
    assert set(entry) == {"passkey", "transports"}
    assert entry["passkey"] == bound
    secrets = [TOKEN, url.partition("request=")[2], "sealed-session", "code=abc"]
    secrets += [held["privateKey"] for held in authenticator.credentials()]
    for post in auth.posts():
        credential = post.json.get("credential", {})
        secrets += [v for v in credential.get("response", {}).values() if isinstance(v, str)]
    kept_elsewhere = sdk.page.evaluate(
        "async () => [sessionStorage.length, document.cookie, (await indexedDB.databases()).length]"
    )
    assert kept_elsewhere == [0, "", 0]
    user_handle = "b3BhcXVlLWFkYQ"
    assert [s for s in {*secrets, user_handle} if s in items[KEY]] == []


def test_the_list_survives_a_reload(sdk: SdkPage, service: FakeService, bound: Any) -> None:
    sdk.open(service.app_origin)
    assert sdk.call("getPasskeys") == {"value": [bound]}


@pytest.mark.parametrize("name", ["id", "passkeyId"])
def test_deleting_is_local_and_leaves_the_authenticator_and_the_service_alone(
    sdk: SdkPage,
    auth: Server,
    service: FakeService,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
    name: str,
) -> None:
    auth.requests.clear()
    assert "error" not in sdk.call("deletePasskey", "unknown")
    assert sdk.call("getPasskeys") == {"value": [bound]}
    sdk.call("deletePasskey", bound[name])
    assert sdk.call("getPasskeys") == {"value": []}
    assert auth.requests == []
    assert len(authenticator.credentials()) == 1
    answer = sdk.call("authenticate", service.authenticate_url())["value"]
    assert "passkey" not in answer


@pytest.mark.parametrize(
    "damaged",
    ["", "{", "null", "7", "{}", '["x"]', "[null]", '[{"passkey": {}, "transports": []}]'],
)
def test_a_damaged_list_is_an_empty_list_and_can_be_added_to(
    sdk: SdkPage, service: FakeService, damaged: str
) -> None:
    sdk.page.evaluate("([key, value]) => localStorage.setItem(key, value)", [KEY, damaged])
    assert sdk.call("getPasskeys") == {"value": []}
    assert "value" in sdk.call("bindPasskey", service.binding_link())
    assert len(sdk.call("getPasskeys")["value"]) == 1


def test_a_browser_that_keeps_no_storage_binds_and_signs_in_all_the_same(
    sdk: SdkPage, service: FakeService
) -> None:
    sdk.page.evaluate(
        """() => Object.defineProperty(window, "localStorage", {
          get() { throw new DOMException("denied", "SecurityError"); } })"""
    )
    assert "value" in sdk.call("bindPasskey", service.binding_link())
    assert sdk.call("getPasskeys") == {"value": []}
    assert "value" in sdk.call("authenticate", service.authenticate_url())


def test_the_log_tells_what_happened_without_a_secret(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    url = service.authenticate_url()
    lines = sdk.page.evaluate(
        """async ([origin, link, url]) => {
          const lines = [];
          const logger = { write: (...data) => lines.push(data.join(" ")) };
          const sdk = await module.Embedded.initialize({ allowedDomains: [origin], logger });
          await sdk.bindPasskey(link);
          await sdk.authenticate(url);
          new module.ConsoleLog().write("to the console");
          return lines;
        }""",
        [auth.origin, service.binding_link(), url],
    )
    assert len(lines) == 4
    text = "\n".join(lines)
    assert TOKEN not in text and url.partition("request=")[2] not in text
    assert "code=abc" not in text
