"""Expected origins: one spelling each, the one that clients report."""

import pytest
from keybound.ceremonies.origins import (
    AndroidOrigin,
    InvalidOrigin,
    WebOrigin,
    is_registrable_suffix_or_equal,
    is_relying_party_id,
    parse_expected_origin,
)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.com", WebOrigin("https", "example.com", None)),
        ("https://example.com:8443", WebOrigin("https", "example.com", 8443)),
        ("https://example.com:80", WebOrigin("https", "example.com", 80)),
        ("https://example.com:65535", WebOrigin("https", "example.com", 65535)),
        ("https://" + "a." * 126 + "a", WebOrigin("https", "a." * 126 + "a", None)),
        ("https://a-b.c1.example.co.uk", WebOrigin("https", "a-b.c1.example.co.uk", None)),
        ("https://xn--bcher-kva.example", WebOrigin("https", "xn--bcher-kva.example", None)),
        ("https://localhost", WebOrigin("https", "localhost", None)),
        ("https://192.0.2.7:444", WebOrigin("https", "192.0.2.7", 444)),
        ("https://[2001:db8::1]", WebOrigin("https", "[2001:db8::1]", None)),
        ("http://localhost:8082", WebOrigin("http", "localhost", 8082)),
        ("http://localhost", WebOrigin("http", "localhost", None)),
        ("http://127.0.0.1:3000", WebOrigin("http", "127.0.0.1", 3000)),
        ("http://[::1]:3000", WebOrigin("http", "[::1]", 3000)),
    ],
)
def test_a_web_origin_in_normal_form_is_read_and_written_alike(
    text: str, origin: WebOrigin
) -> None:
    assert parse_expected_origin(text) == origin
    assert str(origin) == text


def test_an_android_origin_is_the_digest_of_a_certificate() -> None:
    text = "android:apk-key-hash:" + "A" * 42 + "E"
    assert parse_expected_origin(text) == AndroidOrigin(bytes(31) + b"\x01")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "example.com",
        "//example.com",
        "HTTPS://example.com",
        "https://Example.com",
        "https://example.com/",
        "https://example.com/path",
        "https://example.com?query",
        "https://example.com#fragment",
        "https://example.com:443",
        "https://example.com:0",
        "https://example.com:0443",
        "https://example.com:65536",
        "https://example.com:99999",
        "https://example.com:",
        "https://example.com:8a",
        "https://user@example.com",
        "https://example.com\\@evil.test",
        "https://*.example.com",
        "https://example.com.",
        "https://.example.com",
        "https://example..com",
        "https://-example.com",
        "https://example-.com",
        "https://exa_mple.com",
        "https://bücher.example",
        "https://xn--.example",
        "https://xn--abc-.example",
        "https://" + "a" * 64 + ".example",
        "https://" + "a." * 126 + "ab",
        "https://1.2.3",
        "https://192.0.2.07",
        "https://0x7f.0.0.1",
        "https://2130706433",
        "https://example.0x1",
        "https://[2001:DB8::1]",
        "https://[2001:db8:0::1]",
        "https://[::1",
        "https://[192.0.2.1]",
        " https://example.com",
        "https://example.com\n",
        "https://exam\tple.com",
        "http://example.com",
        "http://app.localhost",
        "http://127.0.0.2",
        "http://localhost:80",
        "ftp://example.com",
        "javascript:alert(1)",
        "myapp://bind",
        "ios:bundle-id:com.example",
        "android:apk-key-hash:",
        "android:apk-key-hash:" + "A" * 42,
        "android:apk-key-hash:" + "A" * 44,
        "android:apk-key-hash:" + "A" * 43 + "=",
        "android:apk-key-hash:" + "A" * 42 + "B",
        "android:apk-key-hash:" + "+" * 43,
        "android:apk-key-hash:" + "é" * 43,
        "Android:apk-key-hash:" + "A" * 43,
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    """T52: what is listed is what is compared, so nothing but the normal form may be listed."""
    with pytest.raises(InvalidOrigin):
        parse_expected_origin(text)


@pytest.mark.parametrize(
    ("host", "rp_id"),
    [
        ("example.com", "example.com"),
        ("app.example.com", "example.com"),
        ("a.b.example.com", "b.example.com"),
        ("localhost", "localhost"),
        ("app.localhost", "localhost"),
    ],
)
def test_an_rp_id_is_the_host_or_a_parent_of_it(host: str, rp_id: str) -> None:
    assert is_registrable_suffix_or_equal(host, rp_id)


@pytest.mark.parametrize(
    ("host", "rp_id"),
    [
        ("badexample.com", "example.com"),
        ("example.com", "app.example.com"),
        ("example.com.evil.test", "example.com"),
        ("example.com", ".com"),
        ("example.com", ""),
        ("", ""),
        ("Example.com", "example.com"),
        ("example.com", "EXAMPLE.com"),
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "2.7"),
        ("[::1]", "[::1]"),
        ("example.com:443", "example.com"),
    ],
)
def test_nothing_else_is(host: str, rp_id: str) -> None:
    """T52: whole labels, never a tail of characters; IP addresses cannot be RP IDs."""
    assert not is_registrable_suffix_or_equal(host, rp_id)


def test_an_rp_id_is_a_domain_in_lower_case() -> None:
    assert is_relying_party_id("login.example.com")
    refused = ["", "127.0.0.1", "[::1]", "https://example.com", "example.com:1", "Example.com"]
    assert [text for text in refused if is_relying_party_id(text)] == []
