"""Registration of redirect URIs. RFC 6749 §3.1.2, RFC 8252 §7 and §8.4, RFC 9700 §2.1."""

import pytest
from keybound.directory.redirect_uris import refusal

GOOD_FOR_ALL = [
    "https://app.example.com",
    "https://app.example.com/",
    "https://app.example.com/callback?tenant=1&x=%20",
    "https://app.example.com:8443/cb",
    "https://xn--bcher-kva.example/cb",
    "http://localhost:3000/cb",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:51004/cb",
    "http://[::1]:9000/cb",
]

BAD_FOR_ALL = {
    "N131 fragment": "https://app.example.com/cb#x",
    "N131 empty fragment": "https://app.example.com/cb#",
    "N131 wildcard host": "https://*.example.com/cb",
    "N131 wildcard path": "https://app.example.com/*",
    "N131 http elsewhere": "http://app.example.com/cb",
    "http on a name that begins like loopback": "http://localhost.evil.example/cb",
    "http on a private address": "http://192.168.0.1/cb",
    "relative": "/callback",
    "network path": "//app.example.com/cb",
    "no scheme": "app.example.com/cb",
    "empty": "",
    "T18 no slashes": "https:evil.com",
    "T18 one slash": "https:/evil.com",
    "no host": "https:///cb",
    "T19 user information": "https://app.example.com@evil.example/cb",
    "T19 several at signs": "https://a@b@evil.example/cb",
    "T19 backslash": "https://app.example.com\\@evil.example/cb",
    "T19 dot segments": "https://app.example.com/a/../cb",
    "T19 encoded dot segments": "https://app.example.com/a/%2E%2e/cb",
    "T19 dot segment with a parameter": "https://app.example.com/a/..;/cb",
    "T19 last dot segment": "https://app.example.com/a/..",
    "T19 IPv6 zone": "http://[::1%25lo]/cb",
    "T19 trailing dot": "https://app.example.com./cb",
    "T19 IDN": "https://b\u00fccher.example/cb",
    "upper-case host": "https://APP.example.com/cb",
    "upper-case scheme": "HTTPS://app.example.com/cb",
    "default port": "https://app.example.com:443/cb",
    "port that is none": "https://app.example.com:99999/cb",
    "space": "https://app.example.com/a b",
    "tab": "https://app.example.com/a\tb",
    "newline": "https://app.example.com/cb\n",
    "NUL": "https://app.example.com/\x00",
    "broken escape": "https://app.example.com/%zz",
    "quote": 'https://app.example.com/"',
    "too long": "https://app.example.com/" + "a" * 1024,
    "N7 javascript": "javascript:alert(1)",
    "T21 javascript in any case": "JaVaScRiPt:alert(1)",
    "T21 javascript as an address": "javascript://app.example.com/%0aalert(1)",
    "N7 data": "data:text/html,x",
    "T21 data in any case": "DATA:text/html,x",
    "N7 file": "file:///etc/passwd",
    "T21 vbscript": "vbscript:x",
    "scheme without a dot": "myapp://callback",
    "out-of-band": "urn:ietf:wg:oauth:2.0:oob",
}


@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize("uri", GOOD_FOR_ALL)
def test_https_and_loopback_may_be_registered(uri: str, is_public: bool) -> None:
    assert refusal(uri, is_public=is_public) == ""


@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize("uri", BAD_FOR_ALL.values(), ids=BAD_FOR_ALL.keys())
def test_what_could_lead_elsewhere_is_refused(uri: str, is_public: bool) -> None:
    assert refusal(uri, is_public=is_public) != ""


@pytest.mark.parametrize("uri", ["com.example.app:/cb", "com.example.app://cb", "a.b:/"])
def test_private_use_schemes_are_for_public_clients(uri: str) -> None:
    """RFC 8252 §7.1; T21."""
    assert refusal(uri, is_public=True) == ""
    assert refusal(uri, is_public=False) != ""


@pytest.mark.parametrize("uri", ["com.example.app:cb", "com.example.app://u@h/cb", "Com.Example:/"])
def test_private_use_uris_have_one_plain_form(uri: str) -> None:
    assert refusal(uri, is_public=True) != ""


def test_1024_characters_are_the_most() -> None:
    longest = "https://app.example.com/".ljust(1024, "a")
    assert refusal(longest, is_public=True) == ""
    assert refusal(longest + "a", is_public=True) != ""


def test_a_host_in_upper_case_is_told_so_and_nothing_about_paths() -> None:
    reason = refusal("https://App.example.com/cb", is_public=False)
    assert reason == "the host must be in lower case"
