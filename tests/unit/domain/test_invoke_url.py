"""Addresses built on an invoke URL: `{invoke_url}/bind` and `{invoke_url}/bi-authenticate`."""

from urllib.parse import parse_qs, urlsplit

import pytest
from keybound.domain.invoke_url import app_scheme, authenticate_url, bind_url, web_origin


@pytest.mark.parametrize(
    ("invoke_url", "address"),
    [
        ("https://app.example.com", "https://app.example.com/bind?job_id=1"),
        ("https://app.example.com/a/b", "https://app.example.com/a/b/bind?job_id=1"),
        ("http://localhost:3000", "http://localhost:3000/bind?job_id=1"),
        ("myapp://", "myapp://bind?job_id=1"),
        ("myapp://open", "myapp://open/bind?job_id=1"),
    ],
)
def test_bind_is_appended_to_the_invoke_url(invoke_url: str, address: str) -> None:
    assert bind_url(invoke_url, {"job_id": "1"}) == address


def test_members_of_the_query_are_encoded_and_keep_their_order() -> None:
    instruction = {"api_base_url": "https://auth.example.com/x?y&z", "token": "a+b c%"}
    address = bind_url("https://app.example.com", instruction)
    assert address.endswith(
        "?api_base_url=https%3A%2F%2Fauth.example.com%2Fx%3Fy%26z&token=a%2Bb%20c%25"
    )
    assert parse_qs(urlsplit(address).query) == {n: [v] for n, v in instruction.items()}


def test_authentication_carries_the_request() -> None:
    assert authenticate_url("myapp://", "a.b.c") == "myapp://bi-authenticate?request=a.b.c"


def test_a_web_invoke_url_has_an_origin_and_an_app_has_a_scheme() -> None:
    assert web_origin("https://app.example.com:8443/a") == "https://app.example.com:8443"
    assert app_scheme("https://app.example.com") is None
    assert web_origin("com.example.app://open") is None
    assert app_scheme("com.example.app://open") == "com.example.app"
