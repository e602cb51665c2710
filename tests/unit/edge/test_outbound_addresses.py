"""Where calls to URLs of customers may go: public addresses over https, judged first."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address

import pytest
from keybound.edge.name_lookup import system_addresses
from keybound.edge.outbound import Failed, Outbound, Refused, for_deployment
from keybound.edge.public_address import is_public

from tests.support.loopback_server import OK, local, says, serving


def at(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    return lambda host, port: addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://rp.example.com/",
        "ftp://rp.example.com/",
        "file:///etc/passwd",
        "//rp.example.com/",
        "https:/rp.example.com",
        "https://",
        "https://user@rp.example.com/",
        "https://user:secret@rp.example.com/",
        "https://rp.example.com/#part",
        "https://rp.example.com/#",
        "https://rp.example.com:0/",
        "https://rp.example.com:/",
        "https://rp.example.com:65536/",
        "https://rp.example.com:x/",
        "https://[::1/",
        "https://rp.example.com\\@evil.example/",
        "https://rp.example.com/a b",
        "https://rp.example.com/a\r\nX: y",
        "https://rp.exämple.com/",
        "https://rp.example.com/" + "a" * 2048,
        "",
    ],
)
def test_a_url_of_another_form_is_refused_before_it_is_resolved(url: str) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise AssertionError("resolved")

    with pytest.raises(Refused):
        Outbound(resolve=resolve).call("GET", url)


NOT_PUBLIC = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(Refused):
        Outbound(resolve=at(address)).call("GET", "https://rp.example.com/")


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2606:4700::1111"]
)
def test_an_address_of_the_public_internet_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


def test_one_private_address_among_public_ones_refuses_the_call() -> None:
    with pytest.raises(Refused):
        Outbound(resolve=at("8.8.8.8", "127.0.0.1")).call("GET", "https://rp.example.com/")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]"])
def test_a_loopback_address_in_any_spelling_is_refused(host: str) -> None:
    with pytest.raises(Refused):
        Outbound(resolve=system_addresses).call("GET", f"https://{host}/")


def test_the_name_is_resolved_once_and_the_judged_address_called() -> None:
    """A resolver that answers something else the second time gains nothing."""
    answers = iter([["127.0.0.1"]])
    with serving(says(OK)) as (port, _):
        call = local(lambda host, port: next(answers)).call("GET", f"http://rp.example:{port}/")
    assert call.status == 200
    assert list(answers) == []


@pytest.mark.parametrize("found", [[], ["not an address"]])
def test_a_name_without_an_address_fails(found: list[str]) -> None:
    with pytest.raises(Failed):
        Outbound(resolve=at(*found)).call("GET", "https://rp.example.com/")


@pytest.mark.parametrize("error", [OSError("no"), UnicodeError("label too long")])
def test_a_resolver_that_fails_is_a_failed_call(error: Exception) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(Failed):
        Outbound(resolve=resolve).call("GET", "https://rp.example.com/")


def test_only_a_deployment_on_localhost_may_call_this_machine() -> None:
    assert for_deployment("https://auth.example.com") == Outbound()
    assert for_deployment("https://localhost.example.com") == Outbound()
    with serving(says(OK)) as (port, _):
        url = f"http://localhost:{port}/"
        with pytest.raises(Refused):
            for_deployment("https://auth.example.com").call("GET", url)
        for elsewhere in ("http://rp.example.com/", "http://127.0.0.1/"):
            with pytest.raises(Refused):
                for_deployment("http://localhost:8080").call("GET", elsewhere)
        assert for_deployment("http://localhost:8080").call("GET", url).status == 200
