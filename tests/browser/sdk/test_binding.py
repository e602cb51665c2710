"""bindPasskey: from a link to a passkey that the service has verified."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import IDENTITY, JOB_PATH, REALM, TENANT, TOKEN, FakeService
from tests.browser.sdk.loopback import Server
from tests.support.chromium import VirtualAuthenticator


def test_a_binding_link_becomes_a_passkey_known_to_the_service(
    sdk: SdkPage, service: FakeService, auth: Server, authenticator: VirtualAuthenticator
) -> None:
    answer = sdk.call("bindPasskey", service.binding_link(), {"displayName": "Ada's laptop"})
    passkey = answer["value"]["passkey"]
    assert passkey == {
        "id": next(iter(service.keys)),
        "passkeyId": "8f1c5d3b-0000-4000-8000-000000000001",
        "created": "2026-01-02T03:04:05.678Z",
        "state": "Active",
        "keyType": "webauthn",
        "tenant": {"id": TENANT, "displayName": "Tenant"},
        "realm": {"id": REALM, "displayName": "Realm"},
        "identity": {
            "id": IDENTITY,
            "username": "ada",
            "displayName": "Ada Lovelace",
            "emailAddress": "ada@example.com",
        },
        "theme": {
            "logoUrlLight": "https://example.com/light.svg",
            "logoUrlDark": "https://example.com/dark.svg",
            "supportUrl": "https://example.com/help",
        },
    }
    assert set(answer["value"]) == {"passkey"}
    assert [request.path for request in auth.posts()] == [
        f"{JOB_PATH}:beginBinding",
        f"{JOB_PATH}:completeBinding",
    ]
    assert auth.posts(":completeBinding")[0].json["display_name"] == "Ada's laptop"
    assert [held["isResidentCredential"] for held in authenticator.credentials()] == [True]


def test_the_apps_bind_page_binds_with_the_address_it_was_opened_at(
    sdk: SdkPage, service: FakeService
) -> None:
    sdk.open(service.bind_page())
    assert "value" in sdk.call("bindPasskey", service.bind_page())
    assert len(service.keys) == 1


def test_the_token_is_out_of_the_address_bar_before_anything_is_fetched_or_prompted(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    sdk.open(service.bind_page())
    sdk.page.evaluate("() => history.replaceState({ mine: 1 }, '', location.href + '#part')")
    entries = sdk.page.evaluate("() => history.length")
    assert "value" in sdk.call("bindPasskey", service.bind_page())
    seen = sdk.seen
    assert len(seen["fetches"]) == 2
    assert len(seen["ceremonies"]) == 1
    where = [*seen["fetches"], *(each["href"] for each in seen["ceremonies"]), sdk.page.url]
    assert all("job_id=" in href and TOKEN not in href for href in where)
    assert sdk.page.url.endswith("#part")
    assert sdk.page.evaluate("() => [history.length, history.state]") == [entries, {"mine": 1}]


def test_requests_carry_the_token_in_a_header_only_and_neither_cookie_nor_referrer(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    sdk.page.evaluate("() => { document.cookie = 'session=1; path=/'; }")
    sdk.call("bindPasskey", service.binding_link())
    assert len(auth.posts()) == 2
    for request in auth.posts():
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in request.path and TOKEN.encode() not in request.body
        assert "cookie" not in request.headers
        assert "referer" not in request.headers


def test_the_redirect_after_binding_is_handed_back_and_not_followed(
    sdk: SdkPage, service: FakeService
) -> None:
    service.post_binding_redirect_uri = f"{service.app_origin}/welcome"
    answer = sdk.call("bindPasskey", service.binding_link())
    assert answer["value"]["postBindingRedirectUri"] == f"{service.app_origin}/welcome"
    assert sdk.seen["navigations"] == []
    assert urlsplit(sdk.page.url).path == "/"


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", "not a url"])
def test_a_redirect_that_is_no_place_to_go_is_dropped(
    sdk: SdkPage, service: FakeService, uri: str
) -> None:
    service.post_binding_redirect_uri = uri
    assert set(sdk.call("bindPasskey", service.binding_link())["value"]) == {"passkey"}


def test_a_person_who_closes_the_prompt_leaves_the_link_unspent(
    sdk: SdkPage, service: FakeService, auth: Server, authenticator: VirtualAuthenticator
) -> None:
    authenticator.verify_user(False)
    error = sdk.call("bindPasskey", service.binding_link())["error"]
    assert error["type"] == "BiometricsCanceled"
    assert error["isEmbedded"] is True
    assert auth.posts(":completeBinding") == []
    assert sdk.call("getPasskeys") == {"value": []}
    authenticator.verify_user(True)
    assert "value" in sdk.call("bindPasskey", service.binding_link())


def test_an_authenticator_that_is_bound_already_is_told_as_a_duplicate(
    sdk: SdkPage, service: FakeService, auth: Server, bound: dict[str, Any]
) -> None:
    error = sdk.call("bindPasskey", service.binding_link())["error"]
    assert error["type"] == "DuplicateCredential"
    assert len(auth.posts(":completeBinding")) == 1
    assert sdk.call("getPasskeys") == {"value": [bound]}


def refuse_completion(sdk: SdkPage, service: FakeService, status: int, code: str) -> None:
    body = json.dumps({"code": code, "message": "said the service", "details": []})
    sdk.page.route(
        "**:completeBinding",
        lambda route: route.fulfill(
            status=status, body=body, headers={"Access-Control-Allow-Origin": "*"}
        ),
    )


def test_a_passkey_that_the_service_holds_already_is_told_as_a_duplicate(
    sdk: SdkPage, service: FakeService
) -> None:
    refuse_completion(sdk, service, 409, "conflict")
    error = sdk.call("bindPasskey", service.binding_link())["error"]
    assert error["type"] == "DuplicateCredential"
    assert error["data"]["code"] == "conflict"
    assert sdk.call("getPasskeys") == {"value": []}


@pytest.mark.parametrize(
    ("status", "code", "type_"),
    [
        (400, "bad_request", "V1ServiceError"),
        (403, "forbidden", "OperationForbidden"),
        (404, "not_found", "V1ServiceError"),
        (410, "gone", "V1ServiceError"),
        (503, "service_unavailable", "V1ServiceError"),
    ],
)
def test_a_refused_link_is_told_with_the_services_code_and_opens_no_prompt(
    sdk: SdkPage, service: FakeService, status: int, code: str, type_: str
) -> None:
    service.refusal = (status, {"code": code, "message": "said the service", "details": []})
    error = sdk.call("bindPasskey", service.binding_link())["error"]
    assert error["type"] == type_
    assert error["data"] == {
        "status": status,
        "code": code,
        "message": "said the service",
        "details": [],
    }
    assert error["message"].endswith(".")
    assert sdk.seen["ceremonies"] == []


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'"text"', b"{}", b'{"public_key": {}}'],
    ids=["empty", "html", "list", "text", "no members", "no account"],
)
def test_an_answer_that_is_not_the_protocols_opens_no_prompt(
    sdk: SdkPage, service: FakeService, body: bytes
) -> None:
    sdk.page.route(
        "**:beginBinding",
        lambda route: route.fulfill(body=body, headers={"Access-Control-Allow-Origin": "*"}),
    )
    error = sdk.call("bindPasskey", service.binding_link())["error"]
    assert error["type"] == "V1ServiceError"
    assert sdk.seen["ceremonies"] == []


def test_a_service_that_does_not_answer_is_a_network_error(
    sdk: SdkPage, service: FakeService
) -> None:
    sdk.page.route("**:beginBinding", lambda route: route.abort())
    assert sdk.call("bindPasskey", service.binding_link())["error"]["type"] == "NetworkError"


def test_a_redirected_call_is_not_followed(
    sdk: SdkPage, service: FakeService, stranger: Server
) -> None:
    sdk.page.route(
        "**:beginBinding",
        lambda route: route.fulfill(
            status=307,
            headers={"Location": f"{stranger.origin}/", "Access-Control-Allow-Origin": "*"},
        ),
    )
    assert sdk.call("bindPasskey", service.binding_link())["error"]["type"] == "NetworkError"
    assert stranger.requests == []


def test_names_are_data_wherever_they_go(sdk: SdkPage, service: FakeService) -> None:
    """T13: markup, quotes and direction marks come back as they are and run nowhere."""
    evil = '<img src=x onerror="window.owned=1">\'\u202e\r\nBcc: x'
    service.identity |= {"display_name": evil, "username": evil}
    passkey = sdk.call("bindPasskey", service.binding_link())["value"]["passkey"]
    assert passkey["identity"]["displayName"] == evil
    assert sdk.call("getPasskeys")["value"][0]["identity"]["username"] == evil
    assert sdk.page.evaluate("() => window.owned ?? 'nothing ran'") == "nothing ran"
