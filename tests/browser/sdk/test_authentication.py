"""authenticate, abandon, getApplication."""

import time
from typing import Any

import pytest

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import APPLICATION, ISSUER_PATH, FakeService
from tests.browser.sdk.loopback import Server
from tests.support.chromium import VirtualAuthenticator

#: How a prompt that has nothing to offer ends: by itself, or because the page stops it.
ENDED = {"CeremonyAborted", "SelectCredentialCanceled"}


def test_a_bound_passkey_signs_in_without_being_named(
    sdk: SdkPage, service: FakeService, auth: Server, bound: dict[str, Any]
) -> None:
    answer = sdk.call("authenticate", service.authenticate_url())
    assert answer == {
        "value": {
            "redirectUrl": f"{service.app_origin}/cb?code=abc&state=xyz",
            "passkey": bound,
        }
    }
    posted = auth.posts(f"{ISSUER_PATH}/authenticate")[0]
    assert set(posted.json) == {"request", "credential"}
    assert posted.json["credential"]["response"]["userHandle"]
    assert "authorization" not in posted.headers
    assert "cookie" not in posted.headers and "referer" not in posted.headers
    assert sdk.seen["ceremonies"][-1]["allowed"] == 0
    assert sdk.seen["navigations"] == []


@pytest.mark.parametrize("name", ["id", "passkeyId"])
def test_naming_a_passkey_narrows_the_prompt_to_it(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], name: str
) -> None:
    """Two discoverable passkeys: unnamed, one of them always answers; named, each in its turn."""
    service.identity |= {"username": "grace"}
    other = sdk.call("bindPasskey", service.binding_link())["value"]["passkey"]
    assert other["id"] != bound["id"]
    for passkey in (bound, other, bound):
        answer = sdk.call("authenticate", service.authenticate_url(), passkey[name])["value"]
        assert answer["passkey"] == passkey
        assert sdk.seen["ceremonies"][-1]["allowed"] == 1


def test_a_named_passkey_that_is_not_on_the_authenticator_is_not_replaced_by_another(
    sdk: SdkPage,
    service: FakeService,
    auth: Server,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    authenticator.clear()
    service.owners.clear()
    other = sdk.call("bindPasskey", service.binding_link())["value"]["passkey"]
    assert other["id"] != bound["id"]
    # An empty prompt stays up until its timeout: the person closes it.
    sdk.start("sign-in", "authenticate", service.authenticate_url(), bound["id"])
    sdk.wait_for_ceremonies(3)
    sdk.page.evaluate("() => sdk.cancel()")
    assert sdk.result("sign-in")["error"]["type"] in ENDED
    assert auth.posts("/authenticate") == []


def test_an_unknown_passkey_id_opens_no_prompt(
    sdk: SdkPage, service: FakeService, auth: Server, bound: dict[str, Any]
) -> None:
    error = sdk.call("authenticate", service.authenticate_url(), "0" * 16)["error"]
    assert error["type"] == "CredentialNotFound"
    assert len(sdk.seen["ceremonies"]) == 1
    assert auth.posts("/authenticate") == []


@pytest.mark.parametrize("part", ["tenants", "realms"])
def test_a_passkey_of_another_tenant_or_realm_is_not_found(
    sdk: SdkPage, service: FakeService, auth: Server, bound: dict[str, Any], part: str
) -> None:
    own = bound["tenant" if part == "tenants" else "realm"]["id"]
    issuer = auth.origin + ISSUER_PATH.replace(f"{part}/{own}", f"{part}/{'0' * 16}")
    url = service.authenticate_url(iss=issuer)
    assert sdk.call("authenticate", url, bound["id"])["error"]["type"] == "CredentialNotFound"


def test_the_request_is_out_of_the_address_bar_before_anything_is_fetched_or_prompted(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    url = service.authenticate_url()
    sdk.open(url)
    assert "value" in sdk.call("authenticate", url)
    seen = sdk.seen
    assert seen["fetches"] == [f"{service.app_origin}/bi-authenticate"]
    assert [each["href"] for each in seen["ceremonies"]] == seen["fetches"]


def test_another_request_in_the_address_bar_stays(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    here = service.authenticate_url()
    sdk.open(here)
    sdk.call("authenticate", service.authenticate_url())
    assert sdk.page.url == here


def test_a_person_who_closes_the_prompt_may_try_again_or_abandon(
    sdk: SdkPage,
    service: FakeService,
    auth: Server,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    url = service.authenticate_url()
    authenticator.verify_user(False)
    error = sdk.call("authenticate", url)["error"]
    assert error["type"] == "SelectCredentialCanceled"
    assert error["isEmbedded"] is True
    assert auth.posts("/authenticate") == []
    abandoned = sdk.call("abandon", url)
    assert abandoned == {"value": {"redirectUrl": f"{service.app_origin}/cb?error=access_denied"}}
    body = auth.posts("/authenticate")[0].json
    assert body == {"request": url.partition("request=")[2], "error": "access_denied"}
    authenticator.verify_user(True)
    assert "value" in sdk.call("authenticate", url)


def test_a_refused_passkey_is_policy_denied_and_stays_where_it_is(
    sdk: SdkPage,
    service: FakeService,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    """T63: a refusal never makes the SDK call signalUnknownCredential or forget the passkey."""
    service.keys.clear()
    error = sdk.call("authenticate", service.authenticate_url())["error"]
    assert error["type"] == "PolicyDenied"
    assert error["data"] == {
        "status": 400,
        "code": "access_denied",
        "message": "passkey not accepted",
    }
    assert len(authenticator.credentials()) == 1
    assert sdk.call("getPasskeys") == {"value": [bound]}


def test_a_request_that_the_service_does_not_take_is_a_service_error(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    service.refusal = (400, {"error": "invalid_request", "error_description": "used"})
    error = sdk.call("authenticate", service.authenticate_url())["error"]
    assert (error["type"], error["data"]["code"]) == ("V1ServiceError", "invalid_request")


@pytest.mark.parametrize("redirect", ["javascript:alert(1)", "data:text/html,x", "", 7, None])
def test_a_redirect_url_that_is_no_place_to_go_is_not_handed_on(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], redirect: object
) -> None:
    service.refusal = (200, {"redirect_url": redirect})
    for method in ("authenticate", "abandon"):
        assert sdk.call(method, service.authenticate_url())["error"]["type"] == "V1ServiceError"


def test_an_app_scheme_redirect_url_is_handed_on(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    service.refusal = (200, {"redirect_url": "myapp://cb?code=1"})
    answer = sdk.call("authenticate", service.authenticate_url())
    assert answer["value"]["redirectUrl"] == "myapp://cb?code=1"


def test_an_expired_request_opens_no_prompt_and_can_still_be_abandoned(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    now = int(time.time())
    url = service.authenticate_url(iat=now - 400, exp=now - 100)
    error = sdk.call("authenticate", url)["error"]
    assert error["type"] == "InvalidUrl"
    assert "expired" in error["message"]
    assert len(sdk.seen["ceremonies"]) == 1
    assert "value" in sdk.call("abandon", url)


def test_a_relying_party_id_that_is_not_the_pages_is_named_as_the_cause(
    sdk: SdkPage, service: FakeService, auth: Server, bound: dict[str, Any]
) -> None:
    url = service.authenticate_url(relying_party_id="example.com")
    assert sdk.call("authenticate", url)["error"]["type"] == "InvalidConfiguration"
    assert auth.posts("/authenticate") == []


def test_the_application_is_named_without_a_request(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    url = service.authenticate_url(application={"id": APPLICATION, "display_name": "Caf\u00e9 <b>"})
    answer = sdk.call("getApplication", url)
    assert answer == {"value": {"id": APPLICATION, "displayName": "Caf\u00e9 <b>"}}
    assert auth.requests == []


def test_the_newest_prompt_takes_the_turn_of_the_one_before(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], authenticator: VirtualAuthenticator
) -> None:
    authenticator.answer(at_once=False)
    sdk.start("first", "authenticate", service.authenticate_url())
    sdk.wait_for_ceremonies(2)
    authenticator.answer(at_once=True)
    sdk.page.evaluate(
        """([second, third]) => {
          start("second", sdk.authenticate(second));
          start("third", sdk.authenticate(third));
        }""",
        [service.authenticate_url(), service.authenticate_url()],
    )
    assert sdk.result("first")["error"]["type"] == "CeremonyAborted"
    assert sdk.result("second")["error"]["type"] == "CeremonyAborted"
    assert "value" in sdk.result("third")
    assert len(sdk.seen["ceremonies"]) == 3


def test_cancel_and_the_pages_own_signal_stop_a_prompt(
    sdk: SdkPage,
    service: FakeService,
    auth: Server,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    authenticator.answer(at_once=False)
    sdk.start("one", "authenticate", service.authenticate_url())
    sdk.wait_for_ceremonies(2)
    sdk.page.evaluate("() => sdk.cancel()")
    assert sdk.result("one")["error"]["type"] == "CeremonyAborted"
    stopped = sdk.page.evaluate(
        """async (url) => {
          const stop = new AbortController();
          const result = settled(sdk.authenticate(url, undefined, { signal: stop.signal }));
          stop.abort();
          const early = settled(sdk.authenticate(url, undefined, { signal: stop.signal }));
          return [await result, await early];
        }""",
        service.authenticate_url(),
    )
    assert [each["error"]["type"] for each in stopped] == ["CeremonyAborted"] * 2
    assert auth.posts("/authenticate") == []
