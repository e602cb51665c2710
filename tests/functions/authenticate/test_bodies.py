"""Bodies that no browser sends: refused with 4xx, nothing written, never a 5xx."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.table_state import stored


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


def post(person: SignIn, body: bytes | str, content_type: str = "application/json") -> Answer:
    headers = {"content-type": content_type} if content_type else {}
    return person.platform.call("POST", f"{person.issuer}/authenticate", headers=headers, body=body)


BODIES: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 400),
    "no JSON": (b"request=x", 400),
    "half JSON": (b'{"request": "x"', 400),
    "a list": (b"[]", 400),
    "a text": (b'"x"', 400),
    "null": (b"null", 400),
    "a number": (b"1", 400),
    "not UTF-8": (b'{"request": "\xff"}', 400),
    "UTF-16": ('{"request": "x"}'.encode("utf-16"), 400),
    "a byte order mark": (b'\xef\xbb\xbf{"request": "x"}', 400),
    "NaN": (b'{"request": NaN}', 400),
    "Infinity": (b'{"x": -Infinity}', 400),
    "an infinite number": (b'{"x": 1e999}', 400),
    "a number without end": (b'{"x": ' + b"9" * 6000 + b"}", 400),
    "a lone surrogate": (b'{"request": "\\ud800"}', 400),
    "a repeated member": (b'{"request": "a", "request": "b"}', 400),
    "a repeated member inside": (b'{"credential": {"id": "a", "id": "b"}}', 400),
    "nested too deeply": (b'{"x":' * 40 + b"1" + b"}" * 40, 413),
    "nested without end": (b'{"x":' * 30000 + b"1" + b"}" * 30000, 413),
    "lists without end": (b"[" * 100_000, 413),
    "too large": (b'{"request": "' + b"x" * (256 * 1024) + b'"}', 413),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_a_damaged_body_is_refused_and_changes_nothing(
    person: SignIn, body: bytes, status: int
) -> None:
    before = stored()
    error = "invalid_request" if status == 400 else "payload_too_large"
    check_json(post(person, body), status, error)
    assert stored() == before


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=utf-8"])
def test_json_needs_no_json_content_type(person: SignIn, content_type: str) -> None:
    """Some clients send none, or text."""
    request = person.request()
    body = json.dumps({"request": request, "credential": person.assertion(request)})
    assert post(person, body, content_type).status == 200


def test_an_unknown_member_is_ignored(person: SignIn) -> None:
    request = person.request()
    body = {"request": request, "credential": person.assertion(request), "theme": "dark"}
    assert post(person, json.dumps(body)).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_only_post_is_allowed(person: SignIn, method: str) -> None:
    answer = person.platform.call(method, f"{person.issuer}/authenticate")
    assert answer.status == 405
    assert answer.headers["allow"] == "POST, OPTIONS"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
PLACES = [
    ("request",),
    ("credential",),
    ("credential", "id"),
    ("credential", "rawId"),
    ("credential", "type"),
    ("credential", "clientExtensionResults"),
    ("credential", "response"),
    ("credential", "response", "clientDataJSON"),
    ("credential", "response", "authenticatorData"),
    ("credential", "response", "signature"),
    ("credential", "response", "userHandle"),
    ("error",),
]
LENIENT = settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@seed(72)
@LENIENT
@given(place=st.sampled_from(PLACES), junk=JUNK)
def test_no_value_in_any_place_is_answered_with_5xx(
    person: SignIn, place: tuple[str, ...], junk: Any
) -> None:
    request = person.request()
    body: dict[str, Any] = {"request": request, "credential": person.assertion(request)}
    inner = body
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = junk
    answer = post(person, json.dumps(body))
    assert answer.status in (200, 400, 413), answer.text


@seed(73)
@LENIENT
@given(body=st.binary(max_size=200))
def test_no_bytes_are_answered_with_5xx(person: SignIn, body: bytes) -> None:
    assert post(person, body).status in (400, 413)
