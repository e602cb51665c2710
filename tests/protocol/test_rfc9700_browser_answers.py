"""RFC 9700 §4.2.4, §4.11, §4.12, §4.16, RFC 6749 §10.13: what browsers are shown, and sent to.

Every page and redirect of the auth host, whatever it answers (N33, N34, N36, N39, N178).
"""

import ast
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.binding_steps import LinkSteps, new_binding
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.sources import place, python_modules

AFTER = "https://app.example.com/signed-out"
OWN_HOSTS = {"app.example.com"}
ELSEWHERE = "https://evil.example/"
ACCEPTS_PAGE = {"accept": "text/html,application/xhtml+xml"}
SEVEN_DAYS_S = 7 * 24 * 3600


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, post_logout_redirect_uris=(AFTER,))


@pytest.fixture(scope="module")
def link(platform: Platform) -> LinkSteps:
    return new_binding(platform).link()


def opened(person: SignIn, path: str, *, method: str = "GET", **query: str) -> Answer:
    """What a browser gets at an endpoint of the issuer, by address or by form."""
    call, url = person.platform.call, f"{person.issuer}{path}"
    if method == "POST":
        return call("POST", url, form=query, headers=ACCEPTS_PAGE)
    return call(method, f"{url}?{urlencode(query)}", headers=ACCEPTS_PAGE)


def followed(link: LinkSteps, url: str = "") -> Answer:
    return link.platform.call("GET", url or link.link, headers=ACCEPTS_PAGE)


Browser = Callable[[SignIn, LinkSteps], Answer]
PAGES: dict[str, Browser] = {
    "a sign-in that is not valid": lambda p, _: opened(p, "/authorize"),
    "the same by form": lambda p, _: opened(p, "/authorize", method="POST", client_id="x"),
    "an error that is posted": lambda p, _: opened(
        p, "/authorize", **p.parameters(response_mode="form_post", scope="admin")
    ),
    "sign-out without a hint": lambda p, _: opened(p, "/end_session"),
    "sign-out with a wrong hint": lambda p, _: opened(p, "/end_session", id_token_hint="x"),
    "sign-out": lambda p, _: opened(p, "/end_session", id_token_hint=p.tokens()["id_token"]),
    "a link that is not whole": lambda _, link: followed(link, link.link[:-1]),
}
REDIRECTS: dict[str, Browser] = {
    "a sign-in begins": lambda p, _: opened(p, "/authorize", **p.parameters()),
    "the same by form": lambda p, _: opened(p, "/authorize", method="POST", **p.parameters()),
    "an error is told": lambda p, _: opened(p, "/authorize", **p.parameters(scope="admin")),
    "signed out, by form": lambda p, _: opened(
        p,
        "/end_session",
        method="POST",
        id_token_hint=p.tokens()["id_token"],
        post_logout_redirect_uri=AFTER,
    ),
    "a link is followed": lambda _, link: followed(link),
}


def sets_no_cookie(answer: Answer) -> None:
    assert answer.cookies == ()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("shown", PAGES.values(), ids=PAGES)
def test_n33_n39_a_page_is_framed_by_nobody_and_loads_and_leaks_nothing(
    person: SignIn, link: LinkSteps, shown: Browser
) -> None:
    """RFC 6749 §10.13; RFC 9700 §4.2.4, §4.16."""
    answer = shown(person, link)
    assert "location" not in answer.headers
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert not {"unsafe-inline", "unsafe-eval", "*", "http:", "https:"} & {
        source.strip("'") for sources in policy.values() for source in sources.split()
    }
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    for loads in ("src=", "href=", "url(", "@import", "<iframe", "<link", "<img"):
        assert loads not in answer.text
    sets_no_cookie(answer)


@pytest.mark.parametrize("sent", REDIRECTS.values(), ids=REDIRECTS)
def test_n34_n39_a_redirect_never_repeats_a_form_and_leaks_nothing(
    person: SignIn, link: LinkSteps, sent: Browser
) -> None:
    """RFC 9700 §4.12: 307 and 308 would make the browser send the form again."""
    answer = sent(person, link)
    assert answer.status == 302
    assert answer.body == b""
    assert urlsplit(answer.headers["location"]).hostname in OWN_HOSTS
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    sets_no_cookie(answer)


def test_n34_the_posted_passkey_is_answered_with_json_and_no_redirect(person: SignIn) -> None:
    for answer in (person.authenticate(person.request()), person.authenticate("x", {"id": "x"})):
        assert answer.status in (200, 400)
        assert answer.headers["content-type"] == "application/json"
        assert "location" not in answer.headers
        sets_no_cookie(answer)


NAMES = (
    *("return_to", "returnTo", "next", "url", "redirect", "redirect_url", "continue", "goto"),
    *("invoke_url", "target_link_uri", "post_binding_redirect_uri", "api_base_url", "RelayState"),
)  # fmt: skip


@pytest.mark.parametrize("sent", ["/authorize", "/end_session", "link"])
def test_n36_no_parameter_leads_anywhere_else(person: SignIn, link: LinkSteps, sent: str) -> None:
    """RFC 9700 §4.11: only what is registered is gone to, whatever else the address says."""
    more = dict.fromkeys(NAMES, ELSEWHERE)
    if sent == "link":
        answer = followed(link, f"{link.link}&{urlencode(more)}")
    elif sent == "/authorize":
        answer = opened(person, sent, **person.parameters(), **more)
    else:
        hint = person.tokens()["id_token"]
        answer = opened(person, sent, id_token_hint=hint, post_logout_redirect_uri=AFTER, **more)
    assert answer.status == 302
    assert urlsplit(answer.headers["location"]).hostname in OWN_HOSTS
    assert "evil" not in answer.headers["location"]


def test_n34_n178_no_room_sends_307_or_308_or_sets_a_cookie() -> None:
    """The auth host keeps no session in a browser, so there is no cookie to steal or to fix."""
    found = [
        place(path, node)
        for path, tree in python_modules("layers/keybound", "functions")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and (node.value in (301, 303, 307, 308) or str(node.value).lower() == "set-cookie")
    ]
    assert found == []


def test_n178_a_cookie_that_is_sent_changes_nothing(person: SignIn) -> None:
    """T42's other half: nobody is signed in by a cookie, so nobody can be by another's."""
    tokens = person.tokens()
    cookie = {"cookie": f"session={tokens['access_token']}; access_token={tokens['access_token']}"}
    url = f"{person.issuer}/userinfo"
    check_json(person.platform.call("GET", url, headers=cookie), 401, None)
    query = urlencode(person.parameters(prompt="none"))
    asked = person.platform.call("GET", f"{person.issuer}/authorize?{query}", headers=cookie)
    assert "error=login_required" in asked.headers["location"]
