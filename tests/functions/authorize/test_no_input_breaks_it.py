"""Whatever is sent to authorize, token or userinfo: never a 5xx, never a write."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.support.platform import Answer, Platform
from tests.support.sign_in import SECRET, SignIn, new_sign_in
from tests.support.table_state import stored

LENIENT = settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = [
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
    "code_challenge", "code_challenge_method", "prompt", "max_age", "login_hint",
    "id_token_hint", "request", "request_uri", "registration", "claims", "display",
]  # fmt: skip
FORM_NAMES = [
    "grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "scope",
    "refresh_token", "resource", "client_assertion", "client_assertion_type",
]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", " ", "\x00", "openid", "code", "none", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.",
         "e30.e30.e30", "W10.e30.AA", "\u202e", "%", "{}", "[" * 500, "9" * 400, "a" * 3000]
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=("authorization_code", "client_credentials"))


@pytest.fixture(scope="module", autouse=True)
def nothing_written(person: SignIn) -> Iterator[None]:
    before = stored()
    yield
    assert stored() == before


def judged(answer: Answer) -> None:
    assert answer.status < 500, answer.text
    location = answer.headers.get("location", "https://app.example.com/")
    assert location.startswith("https://app.example.com/"), "nowhere else, ever"
    assert SECRET not in answer.text


@seed(6749)
@LENIENT
@given(changes=st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=4))
def test_authorize_by_get_and_post(person: SignIn, changes: dict[str, str]) -> None:
    from urllib.parse import urlencode

    query = urlencode(person.parameters(**changes), errors="surrogatepass")
    url = f"{person.issuer}/authorize"
    by_get = person.platform.call("GET", f"{url}?{query}")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    by_post = person.platform.call("POST", url, headers=headers, body=query)
    judged(by_get)
    judged(by_post)
    assert by_get.status == by_post.status


@seed(6750)
@LENIENT
@given(query=st.text(alphabet="abc=&%;+?#/\\\"'<>0123456789 \u00e9", max_size=60))
def test_authorize_with_any_query(person: SignIn, query: str) -> None:
    judged(person.platform.call("GET", f"{person.issuer}/authorize?{query}"))


@seed(6751)
@LENIENT
@given(changes=st.dictionaries(st.sampled_from(FORM_NAMES), VALUES, max_size=5))
def test_token_with_any_form(person: SignIn, changes: dict[str, str]) -> None:
    good = {
        "grant_type": "authorization_code",
        "code": "x",
        "client_id": person.application.client_id,
        "client_secret": SECRET,
    }
    judged(person.token(good | changes))


@seed(6752)
@LENIENT
@given(body=st.binary(max_size=120), header=st.binary(max_size=60))
def test_token_with_any_bytes(person: SignIn, body: bytes, header: bytes) -> None:
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "authorization": header.decode("latin-1"),
    }
    judged(person.platform.call("POST", f"{person.issuer}/token", headers=headers, body=body))


@seed(6753)
@LENIENT
@given(header=st.text(max_size=80), body=st.binary(max_size=60))
def test_userinfo_with_any_header(person: SignIn, header: str, body: bytes) -> None:
    for value in (header, f"Bearer {header}"):
        answer = person.platform.call(
            "POST", f"{person.issuer}/userinfo", headers={"authorization": value}, body=body
        )
        judged(answer)
        assert answer.status in (400, 401)


@seed(6754)
@LENIENT
@given(path=st.lists(st.text(max_size=12), min_size=4, max_size=5))
def test_any_path_under_the_issuers(person: SignIn, path: list[str]) -> None:
    from urllib.parse import quote

    parts = [quote(part, safe="", errors="surrogatepass") or "x" for part in path[:4]]
    url = f"/v1/tenants/{parts[0]}/realms/{parts[1]}/applications/{parts[2]}/token"
    judged(person.platform.call("POST", url, host="auth", form={"grant_type": parts[3]}))
