"""What the demo's back end owes every visitor, told over plain HTTP."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.browser.demo.keybound_process import TIMEOUT_S, Keybound
from tests.browser.demo.person import Person


class Visitor(requests.Session):
    """A browser without scripts."""

    def __init__(self, keybound: Keybound) -> None:
        super().__init__()
        self.base = keybound.demo_url

    def see(self, path: str) -> requests.Response:
        return self.get(self.base + path, timeout=TIMEOUT_S, allow_redirects=False)

    def submit(
        self, path: str, data: dict[str, str] | None = None, **headers: str
    ) -> requests.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(
            self.base + path, data=data, headers=names, timeout=TIMEOUT_S, allow_redirects=False
        )

    def csrf_token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.see("/").text)
        assert found
        return found[1]


@pytest.fixture
def visitor(keybound: Keybound) -> Visitor:
    return Visitor(keybound)


UNSAFE = (
    "/sign-up",
    "/sign-up/mail",
    "/sign-out",
    "/sign-in/manual",
    "/sign-in/code/token",
    "/passkey/link",
)


@pytest.mark.parametrize("path", UNSAFE)
def test_a_request_without_a_csrf_token_changes_nothing(visitor: Visitor, path: str) -> None:
    assert visitor.submit(path, {"csrf_token": ""}).status_code == 403  # nor is there a session
    visitor.see("/")
    assert visitor.submit(path, {"name": "A", "username": "csrf-1"}).status_code == 403
    assert visitor.submit(path, {"csrf_token": "", "username": "csrf-1"}).status_code == 403


@pytest.mark.parametrize("path", UNSAFE)
def test_the_csrf_token_of_another_session_is_worth_nothing(
    visitor: Visitor, keybound: Keybound, path: str
) -> None:
    foreign = Visitor(keybound).csrf_token()
    visitor.see("/")
    assert visitor.submit(path, {"csrf_token": foreign}).status_code == 403
    assert visitor.submit(path, {"csrf_token": "ä"}).status_code == 403
    assert Visitor(keybound).submit(path, {"csrf_token": foreign}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_another_sites_form_is_refused_even_with_the_right_token(
    visitor: Visitor, headers: dict[str, str]
) -> None:
    token = visitor.csrf_token()
    form = {"csrf_token": token, "name": "Ada", "username": "csrf-2"}
    assert visitor.submit("/sign-up", form, **headers).status_code == 403
    assert visitor.see("/passkey/new").status_code == 403


def test_every_answer_carries_the_security_headers(visitor: Visitor) -> None:
    for path in ("/", "/bind", "/bi-authenticate", "/callback", "/nowhere", "/static/home.js"):
        headers = visitor.see(path).headers
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        if not path.startswith("/static"):
            assert headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(visitor: Visitor) -> None:
    cookie = visitor.see("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_id_that_we_did_not_make_is_not_adopted(keybound: Keybound) -> None:
    visitor = Visitor(keybound)
    visitor.cookies.set("keybound_demo", "planted", domain="localhost.local")
    visitor.headers["Cookie"] = "keybound_demo=planted"
    assert "keybound_demo=planted" not in visitor.see("/").headers["Set-Cookie"]


def test_signing_in_changes_the_session_id_and_the_old_one_is_dead(person: Person) -> None:
    person.sign_up()
    person.open("/sign-in/automatic")
    before = person.session_cookie()
    person.press("Continue with passkey")
    person.sees("Hello, Ada Example.")
    after = person.session_cookie()
    assert before and after and before != after
    fixed = requests.get(
        f"{person.keybound.demo_url}/account",
        headers={"Cookie": f"keybound_demo={before}"},
        timeout=TIMEOUT_S,
        allow_redirects=False,
    )
    assert fixed.status_code == 302


def test_authorization_requests_carry_state_nonce_and_pkce(visitor: Visitor) -> None:
    seen = []
    for _ in range(2):
        target = urlsplit(visitor.see("/sign-in/automatic").headers["Location"])
        query = parse_qs(target.query)
        assert query["code_challenge_method"] == ["S256"]
        assert query["redirect_uri"] == [f"{visitor.base}/callback"]
        seen += [*query["state"], *query["nonce"], *query["code_challenge"]]
    assert len(set(seen)) == 6
    assert all(len(value) >= 16 for value in seen)


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(
    person: Person, keybound: Keybound
) -> None:
    """Login CSRF: an attacker's code and state, opened in somebody else's browser."""
    stolen: list[str] = []
    person.sign_up()
    person.open("/sign-in/automatic")
    person.page.route(
        "**/callback?*", lambda route: (stolen.append(route.request.url), route.abort())[0]
    )
    with person.page.expect_event("requestfailed", lambda r: "/callback?" in r.url):
        person.press("Continue with passkey")
    victim = Visitor(keybound)
    victim.see("/")
    path = stolen[0].removeprefix(keybound.demo_url)
    assert victim.see(path).status_code == 400
    assert victim.see("/account").status_code == 302


def test_an_answer_is_taken_once(visitor: Visitor) -> None:
    target = urlsplit(visitor.see("/sign-in/automatic").headers["Location"])
    state = parse_qs(target.query)["state"][0]
    issuer = f"{target.scheme}://{target.netloc}{target.path.removesuffix('/authorize')}"
    path = f"/callback?error=access_denied&state={state}&iss={issuer}"
    assert "You stopped the sign-in" in visitor.see(path).text
    again = visitor.see(path)
    assert again.status_code == 400
    assert "This sign-in could not be completed" in again.text


@pytest.mark.parametrize("state", ["", "unknown"])
def test_a_binding_token_is_kept_for_a_sign_in_of_this_browser_only(
    visitor: Visitor, state: str
) -> None:
    visitor.see("/sign-in/automatic")
    form = {"csrf_token": visitor.csrf_token(), "state": state, "passkey_binding_token": "t"}
    assert visitor.submit("/sign-in/code/token", form).status_code == 400


@pytest.mark.parametrize("token", ["", " ", "a b", "☃", "t\r\nX-Planted: 1", "t" * 1025])
def test_what_is_no_bearer_token_is_not_kept(visitor: Visitor, token: str) -> None:
    location = visitor.see("/sign-in/automatic").headers["Location"]
    state = parse_qs(urlsplit(location).query)["state"][0]
    form = {"csrf_token": visitor.csrf_token(), "state": state}
    path = "/sign-in/code/token"
    assert visitor.submit(path, form | {"passkey_binding_token": token}).status_code == 400
    assert visitor.submit(path, form | {"passkey_binding_token": "t"}).status_code == 200


@pytest.mark.parametrize("change", ["iss=https://evil.example", "iss="])
def test_an_answer_in_another_issuers_name_is_refused(visitor: Visitor, change: str) -> None:
    """RFC 9207 §2.4."""
    target = urlsplit(visitor.see("/sign-in/automatic").headers["Location"])
    state = parse_qs(target.query)["state"][0]
    answer = visitor.see(f"/callback?code=abc&state={state}&{change}")
    assert answer.status_code == 400
    assert visitor.see("/account").status_code == 302


def test_text_in_the_address_never_gets_into_the_page(visitor: Visitor) -> None:
    target = urlsplit(visitor.see("/sign-in/automatic").headers["Location"])
    state = parse_qs(target.query)["state"][0]
    text = visitor.see(f"/callback?error=access_denied&error_description=CALL-ME&state={state}")
    assert "CALL-ME" not in text.text


@pytest.mark.parametrize("name", ["", " ", "x" * 65])
def test_a_sign_up_that_cannot_be_right_is_not_sent_on(visitor: Visitor, name: str) -> None:
    form = {"csrf_token": visitor.csrf_token(), "name": "Ada", "username": name}
    answer = visitor.submit("/sign-up", form)
    assert answer.status_code == 400
    assert "Please check the form." in answer.text


def test_names_are_inert_in_pages(visitor: Visitor) -> None:
    """T13: in the field that shows them again, and on the page that greets by name."""
    markup = "<img src=x onerror=alert(1)>"
    form = {"csrf_token": visitor.csrf_token(), "name": markup, "username": "t13"}
    refused = visitor.submit("/sign-up", form)
    assert refused.status_code == 400
    assert markup not in refused.text
    assert "This is not accepted: may not contain &lt; = &gt;." in refused.text
    form["name"] = "Ada O'Neil"
    assert visitor.submit("/sign-up", form).status_code == 303
    assert "Welcome, Ada O&#39;Neil" in visitor.see("/passkey/new").text


def test_the_sdk_folder_gives_scripts_only(visitor: Visitor) -> None:
    assert visitor.see("/sdk/embedded.js").headers["Content-Type"].startswith("text/javascript")
    for path in ("/sdk/tsconfig.json", "/sdk/..%2f..%2fpyproject.toml", "/sdk/%2e%2e/sdk.js"):
        assert visitor.see(path).status_code == 404


def test_the_site_answers_under_its_own_name_only(keybound: Keybound) -> None:
    port = urlsplit(keybound.demo_url).port
    answer = requests.get(f"http://127.0.0.1:{port}/", timeout=TIMEOUT_S)
    assert answer.status_code == 400
    assert f"http://localhost:{port}" in answer.text
    rebound = requests.get(
        keybound.demo_url, headers={"Host": f"evil.example:{port}"}, timeout=TIMEOUT_S
    )
    assert rebound.status_code == 400


def test_no_secret_reaches_the_browser_and_no_query_string_the_log(person: Person) -> None:
    secrets = re.compile(r"access_token|id_token|client_secret|code_verifier")
    bodies: list[str] = []
    person.page.on(
        "response",
        lambda response: (
            bodies.append(response.text())
            if response.url.startswith(person.keybound.demo_url)
            and response.request.resource_type in ("document", "fetch")
            and response.status == 200
            else None
        ),
    )
    person.sign_up()
    person.sign_in()
    assert len(bodies) >= 4
    assert not [body for body in bodies if secrets.search(body)]
    assert person.page.evaluate("document.cookie") == ""
    stored = person.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "eyJ" not in stored
    logged = [line for line in person.keybound.output if re.search(r"code=|token=|request=", line)]
    assert logged == []
