"""DESIGN rule of the SDK: it never trusts a host from a URL."""

from typing import Any

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


NO_ISSUERS = [
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
]


def test_an_issuer_that_is_not_exactly_an_issuer_is_refused(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    for path in NO_ISSUERS:
        url = service.authenticate_url(iss=auth.origin + path)
        assert sdk.call("authenticate", url)["error"]["type"] == "InvalidUrl", path
    assert_nothing_happened(sdk, auth)


DAMAGED_CLAIMS: list[dict[str, Any]] = [
    {"iss": None},
    {"exp": "soon"},
    {"iat": None},
    {"challenge": "short"},
    {"challenge": "not base64url at all +++++"},
    {"relying_party_id": ""},
    {"user_verification": "never"},
    {"application": "Demo"},
    {"application": {"id": 1, "display_name": "Demo"}},
]


def test_a_request_with_a_damaged_claim_is_refused(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    for claims in DAMAGED_CLAIMS:
        url = service.authenticate_url(**claims)
        assert sdk.call("authenticate", url)["error"]["type"] == "InvalidUrl", claims
    assert_nothing_happened(sdk, auth)


def test_a_request_that_is_no_jwt_is_refused(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    for request in ("x", "a.b", "a.b.c", "a.W10.c", "a.bnVsbA.c", "a._w.c", "a.e30.c"):
        url = f"{service.app_origin}/bi-authenticate?request={request}"
        assert sdk.call("authenticate", url)["error"]["type"] == "InvalidUrl", request
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


def test_ids_of_another_shape_never_become_part_of_an_address(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    for name in ("tenant_id", "realm_id", "identity_id", "job_id"):
        for value in ("", "../../../../evil", "0" * 15, "0" * 17, "A" * 16, "0" * 15 + "\n"):
            url = service.bind_page(**{name: value})
            assert sdk.call("bindPasskey", url)["error"]["type"] == "InvalidUrl", (name, value)
    assert_nothing_happened(sdk, auth)


def test_an_unknown_id_of_the_right_shape_is_for_the_service_to_refuse(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    error = sdk.call("bindPasskey", service.bind_page(job_id="0" * 16))["error"]
    assert (error["type"], error["data"]["status"]) == ("V1ServiceError", 404)
    assert len(auth.posts()) == 1


INITIALIZE = """async (config) => {
  const { Embedded, EmbeddedError } = await import("/sdk/embedded.js");
  try {
    return (await Embedded.initialize(config)) instanceof Embedded ? "initialized" : "?";
  } catch (error) {
    return error instanceof EmbeddedError ? error.type : String(error);
  }
}"""


EXACT_ORIGINS = [
    ["https://auth.example.com"],
    ["https://auth.example.com:8443", "https://auth.example.org"],
    ["http://localhost:8080"],
    ["http://127.0.0.1:8080"],
]
NO_EXACT_ORIGINS = [
    "auth.example.com",
    "example.com:443",
    "https://auth.example.com/",
    "https://auth.example.com:443",
    "https://AUTH.example.com",
    "https://auth.example.com/path",
    "https://me@auth.example.com",
    "https://*.example.com/",
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
]
NO_LISTS = [None, {}, {"allowedDomains": None}, {"allowedDomains": []}, {"allowedDomains": "x"}]


def test_exact_origins_are_taken(sdk: SdkPage) -> None:
    for allowed in EXACT_ORIGINS:
        verdict = sdk.page.evaluate(INITIALIZE, {"allowedDomains": allowed})
        assert verdict == "initialized", allowed


def test_anything_but_a_list_of_exact_origins_is_refused(sdk: SdkPage) -> None:
    good = "https://good.example.com"
    lists: list[object] = [{"allowedDomains": [good, bad]} for bad in NO_EXACT_ORIGINS]
    for config in [*NO_LISTS, *lists]:
        assert sdk.page.evaluate(INITIALIZE, config) == "InvalidConfiguration", config
