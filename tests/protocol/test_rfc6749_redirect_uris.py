"""RFC 6749 §3.1.2, RFC 9700 §2.1, RFC 8252 §7.3: which redirect URIs are a client's."""

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.support.oauth_answers import check_page, redirected
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in

REGISTERED = "https://app.example.com/callback/in"
LOOPBACK = "http://127.0.0.1/cb?app=1"
LOOPBACK_6 = "http://[::1]:4000/cb"
APP = "https://app.example.com/passkeys/bi-authenticate"

MUTATIONS = [
    "https://app.example.com/callback/in/x",
    "https://app.example.com/callback/in?a=b",
    "https://app.example.com/callback/in?",
    "https://app.example.com/callback/in#f",
    "https://app.example.com/callback/in#",
    "https://app.example.com/callback/in/",
    "https://app.example.com/callback/i",
    "https://app.example.com/callback/",
    "https://app.example.com/callback/IN",
    "https://app.example.com/Callback/in",
    "https://app.example.com//callback/in",
    "https://app.example.com/callback//in",
    "https://app.example.com/callback/./in",
    "https://app.example.com/callback/../callback/in",
    "https://app.example.com/callback/%2e%2e/callback/in",
    "https://app.example.com/callback/..;/callback/in",
    "https://app.example.com/callback/in;x",
    "https://app.example.com/callback/in;jsessionid=1",
    "https://app.example.com/callback%2Fin",
    "https://app.example.com/callb%61ck/in",
    "https://app.example.com/callback\\in",
    "https://app.example.com\\@evil.example/callback/in",
    "https://app.example.com@evil.example/callback/in",
    "https://user@app.example.com/callback/in",
    "https://a@b@app.example.com/callback/in",
    "https://app.example.com:443/callback/in",
    "https://app.example.com:8443/callback/in",
    "https://app.example.com:/callback/in",
    "https://app.example.com./callback/in",
    "https://app.example.com.evil.example/callback/in",
    "https://evil.example/app.example.com/callback/in",
    "https://appXexample.com/callback/in",
    "https://APP.example.com/callback/in",
    "https://\u0430pp.example.com/callback/in",
    "https://xn--pp-6kc.example.com/callback/in",
    "https://[fe80::1%25eth0]/callback/in",
    "http://app.example.com/callback/in",
    "HTTPS://app.example.com/callback/in",
    "//app.example.com/callback/in",
    "https:app.example.com/callback/in",
    "https:///app.example.com/callback/in",
    " https://app.example.com/callback/in",
    "https://app.example.com/callback/in ",
    "https://app.example.com/callback/in\t",
    "https://app.example.com/callback/in\n",
    "https://app.example.com/callback/in\r\nx: y",
    "https://app.example.com/callback/in\x00",
    "https://app.example.com/callback/*",
    "https://app.example.com/.*",
    "/callback/in",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "about:blank",
    "null",
]


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, redirect_uris=(REGISTERED,))


@pytest.fixture(scope="module")
def native(platform: Platform) -> SignIn:
    uris = (LOOPBACK, LOOPBACK_6, "com.example.app:/cb")
    return new_sign_in(
        platform, confidentiality="public", client_secret_hash="", redirect_uris=uris
    )


def ask(person: SignIn, redirect_uri: str) -> Answer:
    query = urlencode(person.parameters(redirect_uri=redirect_uri))
    return person.platform.call(
        "GET", f"{person.issuer}/authorize?{query}", headers={"accept": "text/html"}
    )


def test_the_registered_uri_is_accepted(person: SignIn) -> None:
    assert "request" in redirected(ask(person, REGISTERED), APP)


@pytest.mark.parametrize("uri", MUTATIONS)
def test_n3_n4_t18_t19_t20_t23_only_the_very_same_string_is_accepted(
    person: SignIn, uri: str
) -> None:
    check_page(ask(person, uri))


@seed(8252)
@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    at=st.integers(0, len(REGISTERED)),
    cut=st.integers(0, 3),
    text=st.text(max_size=3),
)
def test_t19_no_edit_of_a_registered_uri_is_accepted(
    person: SignIn, at: int, cut: int, text: str
) -> None:
    edited = REGISTERED[:at] + text + REGISTERED[at + cut :]
    answer = ask(person, edited) if edited.isprintable() else None
    if answer is not None and edited != REGISTERED:
        check_page(answer)


def test_t23_an_empty_list_refuses_everything(platform: Platform) -> None:
    person = new_sign_in(platform, redirect_uris=())
    check_page(ask(person, REGISTERED))
    check_page(ask(person, ""))


@pytest.mark.parametrize(
    "uri",
    [
        LOOPBACK,
        "http://127.0.0.1:1/cb?app=1",
        "http://127.0.0.1:49152/cb?app=1",
        "http://127.0.0.1:65535/cb?app=1",
        LOOPBACK_6,
        "http://[::1]/cb",
        "http://[::1]:65535/cb",
        "com.example.app:/cb",
    ],
)
def test_n8_a_native_client_may_use_any_loopback_port(native: SignIn, uri: str) -> None:
    """RFC 8252 §7.3. The code goes to the URI of the request, and only that redeems it."""
    code = native.code(redirect_uri=uri)
    assert native.redeem(code, redirect_uri="http://127.0.0.1:2/cb?app=1").status == 400
    assert native.redeem(code, redirect_uri=uri).status == 200


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:5000/cb?app=1",
        "http://127.0.0.1:5000/cb",
        "http://127.0.0.1:5000/cb?app=2",
        "http://127.0.0.1:5000/CB?app=1",
        "http://127.0.0.1:5000/cb?app=1#f",
        "http://127.0.0.1:5000/x/../cb?app=1",
        "http://127.0.0.1:/cb?app=1",
        "http://127.0.0.1:+80/cb?app=1",
        "http://127.0.0.1: 80/cb?app=1",
        "http://127.0.0.1:123456/cb?app=1",
        "http://127.0.0.1:65536/cb?app=1",
        "http://127.0.0.1:0/cb?app=1",
        "http://127.0.0.1:05000/cb?app=1",
        "http://127.0.0.1:\u0665/cb?app=1",
        "http://127.0.0.1:80@evil.example/cb?app=1",
        "http://127.0.0.1\\@evil.example/cb?app=1",
        "http://127.0.0.1.evil.test/cb?app=1",
        "http://127.0.0.1.evil.test:80/cb?app=1",
        "http://127.1:5000/cb?app=1",
        "http://127.0.0.2:5000/cb?app=1",
        "http://0x7f000001:5000/cb?app=1",
        "http://2130706433:5000/cb?app=1",
        "http://0.0.0.0:5000/cb?app=1",
        "http://[::ffff:127.0.0.1]:5000/cb?app=1",
        "http://localhost:5000/cb?app=1",
        "http://[::1]:5000/cb?app=1",
        "http://127.0.0.1:4000/cb",
        "com.example.app:/cb/",
        "com.example.app://cb",
        "COM.example.app:/cb",
    ],
)
def test_n9_t20_nothing_but_the_port_of_a_loopback_literal_is_free(
    native: SignIn, uri: str
) -> None:
    check_page(ask(native, uri))


def test_t20_the_port_is_free_for_public_clients_only(platform: Platform) -> None:
    person = new_sign_in(platform, redirect_uris=(LOOPBACK,))
    assert "request" in redirected(ask(person, LOOPBACK), APP)
    check_page(ask(person, "http://127.0.0.1:5000/cb?app=1"))


PUBLIC = {
    "https://app.example.com/cb": "https://app.example.com:5000/cb",
    "http://localhost:3000/cb": "http://localhost:5000/cb",
    "http://localhost/cb": "http://localhost:5000/cb",
    "com.example.app://host:1/cb": "com.example.app://host:2/cb",
}


@pytest.mark.parametrize(("registered", "asked"), PUBLIC.items())
def test_t20_a_public_client_without_a_loopback_literal_has_no_free_port(
    platform: Platform, registered: str, asked: str
) -> None:
    """RFC 8252 §7.3, §8.3: a literal, since what `localhost` stands for is the machine's choice."""
    person = new_sign_in(
        platform, confidentiality="public", client_secret_hash="", redirect_uris=(registered,)
    )
    assert "request" in redirected(ask(person, registered), APP)
    check_page(ask(person, asked))
    check_page(ask(person, asked.replace("localhost", "127.0.0.1")))


def test_a_redirect_uri_that_is_no_longer_registered_ends_the_sign_in(
    platform: Platform,
) -> None:
    """An opened request is judged against the application as it is now."""
    person = new_sign_in(platform, redirect_uris=(REGISTERED, "https://app.example.com/b"))
    request = person.request(redirect_uri=REGISTERED)
    person.change_application(redirect_uris=("https://app.example.com/b",))
    answer = person.authenticate(request)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
