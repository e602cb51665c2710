"""Which URLs may be invoked, and how a trailing slash is dropped."""

import pytest
from keybound.directory.authenticator_config_rules import invoke_url_refusal
from keybound.directory.authenticator_config_settings import without_trailing_slash


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("https://app.example.com/", "https://app.example.com"),
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/a/", "https://app.example.com/a"),
        ("myapp://", "myapp://"),
        ("myapp:///", "myapp://"),
        ("myapp://open/", "myapp://open"),
    ],
)
def test_one_trailing_slash_is_dropped(sent: str, stored: str) -> None:
    assert without_trailing_slash(sent) == stored


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com",
        "https://app.example.com:8443/a/b",
        "http://localhost:3000",
        "http://localhost",
        "myapp://",
        "com.example.app://open",
    ],
)
def test_web_addresses_and_app_schemes_may_be_invoked(url: str) -> None:
    assert invoke_url_refusal(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.example.com",
        "https://",
        "https:app.example.com",
        "http://app.example.com",
        "http://127.0.0.1:3000",
        "https://app.example.com?x=1",
        "https://app.example.com/#x",
        "myapp://open?x=1",
        "https://u:p@app.example.com",
        "myapp://u@open",
        "https://app.example.com\\@evil.example",
        "https://app.example.com/../x",
        "https://app.example.com/%2e%2e",
        "https://APP.example.com",
        "HTTPS://app.example.com",
        "https://app.example.com:443",
        "https://*.example.com",
        "https://app.example.com/a b",
        "https://b\u00fccher.example",
        "https://app.example.com/\n",
        "myapp:",
        "myapp:open",
        "javascript://x/%0aalert(1)",
        "JaVaScRiPt://x",
        "data://x",
        "file:///etc",
        "blob://x",
        "intent://x",
        "view-source://x",
        "https://app.example.com/" + "a" * 1024,
    ],
)
def test_what_is_no_app_is_refused(url: str) -> None:
    """N7 and T21 for invoke URLs."""
    assert invoke_url_refusal(url) != ""
