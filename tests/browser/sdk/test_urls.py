"""isBindPasskeyUrl and isAuthenticateUrl: synchronous, by shape, before and after initialize."""

import pytest
from playwright.sync_api import Page

from tests.browser.sdk.fake_service import JOB_PATH, TOKEN
from tests.browser.sdk.loopback import Server

IDS = (
    "tenant_id=000183a77dd50fa9&realm_id=cdf4862dc4d49791"
    "&identity_id=87fabad6956c6d4b&job_id=c4fc2d753ca22b14"
)
HOST = "https://auth.example.com"
BIND = f"api_base_url=https%3A%2F%2Fauth.example.com&{IDS}&token={TOKEN}"
LINK = f"{HOST}{JOB_PATH}:invokeAuthenticator?token={TOKEN}"

BIND_URLS = [
    LINK,
    f"http://example.com{JOB_PATH}:invokeAuthenticator?token={TOKEN}",
    f"https://app.example.com/bind?{BIND}",
    f"https://app.example.com/deep/er/bind?theme=dark&{BIND}#part",
    f"myapp://bind?{BIND}",
]
AUTHENTICATE_URLS = [
    "https://app.example.com/bi-authenticate?request=a.b.c",
    "https://app.example.com/some/page/bi-authenticate?x=1&request=0123456789ABCDEF",
    "http://localhost:8082/bi-authenticate?request=a.b.c",
    "myapp://bi-authenticate?request=a.b.c",
]
NEITHER = [
    None,
    7,
    {},
    [],
    "",
    "bind",
    "/bind?" + BIND,
    "https://",
    "https://app.example.com/",
    "https://app.example.com/bind",
    f"https://app.example.com/bound?{BIND}",
    f"https://app.example.com/rebind?{BIND}",
    f"https://app.example.com/bind/?{BIND}",
    f"https://app.example.com/bind#{BIND}",
    f"https://app.example.com/bind?{BIND}&token=second",
    f"https://app.example.com/bind?{BIND}&api_base_url=https://evil.example.com",
    f"https://app.example.com/bind?{BIND}".replace(TOKEN, ""),
    f"https://app.example.com/bind?{BIND}".replace(TOKEN, "a b"),
    f"https://app.example.com/bind?{BIND}".replace("job_id", "job"),
    f"https://app.example.com/bind?{BIND}".replace("c4fc2d753ca22b14", "C4FC2D753CA22B14"),
    f"https://app.example.com/bind?{BIND}".replace("%3A%2F%2F", ""),
    f"https://me:pw@app.example.com/bind?{BIND}",
    f"javascript://bind?{BIND}",
    f"data://bind?{BIND}",
    LINK.replace("invokeAuthenticator", "revoke"),
    LINK.replace("/v1/", "/v2/"),
    LINK.replace("/v1/", "/v1//"),
    LINK.replace("c4fc2d753ca22b14", "c4fc2d753ca22b1"),
    LINK.partition("?")[0],
    f"{LINK}&token=second",
    "https://app.example.com/bi-authenticate",
    "https://app.example.com/bi-authenticate?request=",
    "https://app.example.com/bi-authenticate?request=a&request=b",
    "https://app.example.com/bi-authenticate?request=a%20b",
    "https://app.example.com/bi-authenticate/?request=a.b.c",
    "https://app.example.com/authenticate?request=a.b.c",
    "https://app.example.com/?request=a.b.c",
    "javascript://bi-authenticate?request=a.b.c",
    "https://app.example.com/bi-authenticate?request=" + "a" * 8193,
]

ASK = """async (urls) => {
  const { Embedded } = await import("/sdk/embedded.js");
  const ask = (judge) => urls.map((u) => [judge.isBindPasskeyUrl(u), judge.isAuthenticateUrl(u)]);
  const before = ask(Embedded);
  const sdk = await Embedded.initialize({ allowedDomains: ["https://elsewhere.example.com"] });
  return [before, ask(sdk)];
}"""


@pytest.mark.parametrize(
    ("urls", "verdict"),
    [(BIND_URLS, [True, False]), (AUTHENTICATE_URLS, [False, True]), (NEITHER, [False, False])],
    ids=["bind", "authenticate", "neither"],
)
def test_the_shape_of_a_url_is_told_on_the_class_and_on_the_instance(
    page: Page, app: Server, urls: list[object], verdict: list[bool]
) -> None:
    page.goto(app.origin)
    before, after = page.evaluate(ASK, urls)
    assert [(url, v) for url, v in zip(urls, before, strict=True) if v != verdict] == []
    assert after == before


def test_importing_the_sdk_and_asking_for_a_shape_needs_no_webauthn(
    page: Page, app: Server
) -> None:
    page.add_init_script("delete window.PublicKeyCredential; delete URL.parse;")
    page.goto(app.origin)
    before, _ = page.evaluate(ASK, [LINK])
    assert before == [[True, False]]


def test_a_browser_without_passkeys_is_told_so_before_anything_is_sent(
    page: Page, app: Server, auth: Server
) -> None:
    page.add_init_script("delete window.PublicKeyCredential;")
    page.goto(app.origin)
    link = f"{auth.origin}{JOB_PATH}:invokeAuthenticator?token={TOKEN}"
    refused = page.evaluate(
        """async ([link, origin]) => {
          const { Embedded } = await import("/sdk/embedded.js");
          const sdk = await Embedded.initialize({ allowedDomains: [origin] });
          return sdk.bindPasskey(link).then(String, (error) => error.type);
        }""",
        [link, auth.origin],
    )
    assert refused == "BiometricsNotAvailable"
    assert auth.requests == []
