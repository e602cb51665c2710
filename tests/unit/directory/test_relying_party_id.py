"""RP IDs: derivation and the public suffix rule. WebAuthn L3 §5.1.3."""

import pytest
from keybound.directory.relying_party_id import derived_relying_party_id, refusal


@pytest.mark.parametrize(
    ("origins", "rp_id"),
    [
        (["https://app.example.com"], "app.example.com"),
        (["https://example.com", "https://app.example.com"], "example.com"),
        (["https://app.example.com", "https://example.com"], "example.com"),
        (["https://a.app.example.com", "https://b.app.example.com:444"], "app.example.com"),
        (["https://a.example.co.uk", "https://b.example.co.uk"], "example.co.uk"),
        (["http://localhost:3000", "http://localhost:3001"], "localhost"),
        (["android:apk-key-hash:" + "A" * 43, "https://example.com"], "example.com"),
        (["https://team.github.io"], "team.github.io"),
    ],
)
def test_the_longest_domain_that_fits_all_is_derived(origins: list[str], rp_id: str) -> None:
    assert derived_relying_party_id(origins) == rp_id


@pytest.mark.parametrize(
    "origins",
    [
        [],
        ["android:apk-key-hash:" + "A" * 43],
        ["https://a.example", "https://b.example.org"],
        ["https://a.co.uk", "https://b.co.uk"],
        ["https://a.github.io", "https://b.github.io"],
        ["https://notexample.com", "https://example.com"],
        ["http://localhost:3000", "https://app.example.com"],
        ["https://foo.localhost", "http://localhost:3000"],
        ["https://192.0.2.1"],
        ["http://127.0.0.1:3000"],
        ["https://github.io"],
    ],
)
def test_nothing_is_derived_where_no_domain_fits_all(origins: list[str]) -> None:
    assert derived_relying_party_id(origins) == ""


@pytest.mark.parametrize(
    ("rp_id", "hosts"),
    [
        ("com", ["app.example.com"]),
        ("co.uk", ["example.co.uk"]),
        ("github.io", ["team.github.io"]),
        ("example.org", ["app.example.com"]),
        ("ample.com", ["example.com"]),
        ("app.example.com", ["example.com"]),
        ("Example.com", ["example.com"]),
        ("https://example.com", ["example.com"]),
        ("example.com:443", ["example.com"]),
        ("example.com.", ["example.com"]),
        ("192.0.2.1", ["192.0.2.1"]),
        ("b\u00fccher.example", []),
        ("intranet", ["intranet"]),
        ("", []),
    ],
)
def test_an_rp_id_outside_the_origins_domain_is_refused(rp_id: str, hosts: list[str]) -> None:
    assert refusal(rp_id, hosts) != ""


@pytest.mark.parametrize(
    ("rp_id", "hosts"),
    [
        ("example.com", ["example.com", "app.example.com"]),
        ("localhost", ["localhost"]),
        ("example.com", []),
        ("xn--bcher-kva.example", ["a.xn--bcher-kva.example"]),
    ],
)
def test_the_host_or_a_parent_domain_may_be_chosen(rp_id: str, hosts: list[str]) -> None:
    assert refusal(rp_id, hosts) == ""
