"""DESIGN rule of the SDK: it never trusts a host from a URL."""

from typing import Any

import pytest

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import ISSUER_PATH, FakeService
from tests.browser.sdk.loopback import Server
from tests.support.chromium import VirtualAuthenticator


def assert_nothing_happened(sdk: SdkPage, *servers: Server) -> None:
    assert sdk.seen["fetches"] == []
    assert sdk.seen["ceremonies"] == []
    assert [server.requests for server in servers] == [[] for _ in servers]


def forged(origin: str, stranger: Server) -> list[str]:
    """Origins that are not the trusted one, most of them made to look like it."""
    host = origin.removeprefix("http://")
    return [
        stranger.origin,
        f"https://{host}",
        origin.replace("localhost", "127.0.0.1"),
        origin.replace("localhost", "evil.localhost"),
        f"{origin}0",
        "http://localhost",
        f"http://{host}@{stranger.origin.removeprefix('http://')}",
        f"{stranger.origin}/{host}",
        f"{stranger.origin}#{origin}",
        f"{stranger.origin}?{origin}",
        f"{stranger.origin}\\@{host}",
    ]


def test_a_real_challenge_relayed_under_a_forged_issuer_leaves_the_browser_nowhere(
    sdk: SdkPage,
    service: FakeService,
    auth: Server,
    stranger: Server,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    sdk.open(service.app_origin)
    auth.requests.clear()
    count = authenticator.credentials()[0]["signCount"]
    for origin in forged(auth.origin, stranger):
        url = service.authenticate_url(iss=origin + ISSUER_PATH)
        for method in ("authenticate", "abandon", "getApplication"):
            assert sdk.call(method, url)["error"]["type"] == "InvalidUrl", (method, origin)
    assert_nothing_happened(sdk, auth, stranger)
    assert authenticator.credentials()[0]["signCount"] == count


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        ISSUER_PATH + "/",
        ISSUER_PATH + "?x=1",
        ISSUER_PATH + "#x",
        ISSUER_PATH.upper(),
        ISSUER_PATH.replace("/v1/", "/v2/"),
        ISSUER_PATH.replace("/v1/", "/v1/../v1/"),
        "/elsewhere" + ISSUER_PATH,
        ISSUER_PATH.replace("/applications/", "/applications/%2e%2e/"),
    ],
)
def test_an_issuer_that_is_not_exactly_an_issuer_is_refused(
    sdk: SdkPage, service: FakeService, auth: Server, path: str
) -> None:
    error = sdk.call("authenticate", service.authenticate_url(iss=auth.origin + path))["error"]
    assert error["type"] == "InvalidUrl"
    assert_nothing_happened(sdk, auth)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"exp": "soon"},
        {"iat": None},
        {"challenge": "short"},
        {"challenge": "not base64url at all +++++"},
        {"relying_party_id": ""},
        {"user_verification": "never"},
        {"application": "Demo"},
        {"application": {"id": 1, "display_name": "Demo"}},
    ],
    ids=str,
)
def test_a_request_with_a_damaged_claim_is_refused(
    sdk: SdkPage, service: FakeService, auth: Server, claims: dict[str, Any]
) -> None:
    error = sdk.call("authenticate", service.authenticate_url(**claims))["error"]
    assert error["type"] == "InvalidUrl"
    assert_nothing_happened(sdk, auth)


@pytest.mark.parametrize("request_", ["x", "a.b", "a.b.c", "a.W10.c", "a.bnVsbA.c", "a._w.c"])
def test_a_request_that_is_no_jwt_is_refused(
    sdk: SdkPage, service: FakeService, auth: Server, request_: str
) -> None:
    url = f"{service.app_origin}/bi-authenticate?request={request_}"
    assert sdk.call("authenticate", url)["error"]["type"] == "InvalidUrl"
    assert_nothing_happened(sdk, auth)


def test_a_forged_api_base_url_gets_no_token_and_starts_no_ceremony(
    sdk: SdkPage, service: FakeService, auth: Server, stranger: Server
) -> None:
    for origin in forged(auth.origin, stranger):
        url = service.bind_page(api_base_url=origin)
        sdk.page.evaluate("(url) => history.replaceState(null, '', url)", url)
        assert sdk.call("bindPasskey", url)["error"]["type"] == "InvalidUrl", origin
        assert "token=" not in sdk.page.url, "a refused token is a secret all the same"
    assert_nothing_happened(sdk, auth, stranger)


def test_an_api_base_url_with_anything_after_the_origin_is_refused(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    for rest in ("/", "/path", "?q", "#f", "/.", " "):
        url = service.bind_page(api_base_url=auth.origin + rest)
        assert sdk.call("bindPasskey", url)["error"]["type"] == "InvalidUrl", rest
    assert_nothing_happened(sdk, auth)


def test_a_binding_link_of_a_stranger_gets_no_token_and_starts_no_ceremony(
    sdk: SdkPage, service: FakeService, auth: Server, stranger: Server
) -> None:
    impostor: FakeService = stranger.site  # type: ignore[assignment]
    trusted = service.binding_link()
    disguised = trusted.replace("http://", f"{stranger.origin}\\@")
    for link in (impostor.binding_link(), disguised, trusted.replace("http://", "http://me:pw@")):
        assert sdk.call("bindPasskey", link)["error"]["type"] == "InvalidUrl", link
    assert_nothing_happened(sdk, auth, stranger)


@pytest.mark.parametrize("name", ["tenant_id", "realm_id", "identity_id", "job_id"])
@pytest.mark.parametrize("value", ["", "../../../../evil", "0" * 15, "0" * 17, "A" * 16, "0" * 16])
def test_ids_of_another_shape_never_become_part_of_an_address(
    sdk: SdkPage, service: FakeService, auth: Server, name: str, value: str
) -> None:
    error = sdk.call("bindPasskey", service.bind_page(**{name: value}))["error"]
    if value == "0" * 16:  # well formed and unknown: for the service to say
        assert error["data"]["status"] == 404
    else:
        assert error["type"] == "InvalidUrl"
        assert_nothing_happened(sdk, auth)


INITIALIZE = """async (config) => {
  const { Embedded, EmbeddedError } = await import("/sdk/embedded.js");
  try {
    return (await Embedded.initialize(config)) instanceof Embedded ? "initialized" : "?";
  } catch (error) {
    return error instanceof EmbeddedError ? error.type : String(error);
  }
}"""


@pytest.mark.parametrize(
    "allowed",
    [
        ["https://auth.example.com"],
        ["https://auth.example.com:8443", "https://auth.example.org"],
        ["http://localhost:8080"],
        ["http://127.0.0.1:8080"],
    ],
    ids=str,
)
def test_exact_origins_are_taken(sdk: SdkPage, allowed: list[str]) -> None:
    assert sdk.page.evaluate(INITIALIZE, {"allowedDomains": allowed}) == "initialized"


@pytest.mark.parametrize(
    "config",
    [
        None,
        {},
        {"allowedDomains": None},
        {"allowedDomains": []},
        {"allowedDomains": "https://auth.example.com"},
        *(
            {"allowedDomains": ["https://good.example.com", bad]}
            for bad in (
                "auth.example.com",
                "example.com:443",
                "https://auth.example.com/",
                "https://auth.example.com:443",
                "https://AUTH.example.com",
                "https://auth.example.com/path",
                "https://me@auth.example.com",
                "https://*.example.com",
                "*",
                "null",
                "",
                "http://auth.example.com",
                "myapp://x",
                "file:///",
                "javascript:alert(1)",
                7,
                None,
                ["https://auth.example.com"],
            )
        ),
    ],
    ids=str,
)
def test_anything_but_exact_origins_is_refused(sdk: SdkPage, config: object) -> None:
    assert sdk.page.evaluate(INITIALIZE, config) == "InvalidConfiguration"
