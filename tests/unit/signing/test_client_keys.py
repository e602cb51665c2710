"""Keys that clients publish under a URL: kept for a while, and asked for seldom."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from keybound.domain.application import Application
from keybound.edge.outbound import Answer, Failed, Limits, Outbound, Refused
from keybound.edge.published_keys import fetch_with
from keybound.signing.client_keys import FRESH_S, MAX_URIS, REFETCH_S, KnownClientKeys

from tests.support.client_signatures import ClientKey

URI = "https://client.example.com/jwks.json"
FIRST, SECOND = ClientKey(kid="k1"), ClientKey("other", kid="k2")


def application(uri: str = URI, jwks: Any = None) -> Application:
    return Application(
        id="a",  # type: ignore[arg-type]
        tenant_id="t",  # type: ignore[arg-type]
        realm_id="r",  # type: ignore[arg-type]
        display_name="",
        protocol="oauth2",
        confidentiality="confidential",
        client_id="c",
        client_secret_hash="",
        grant_types=(),
        redirect_uris=(),
        allowed_scopes=(),
        expires_after=60,
        create_time=0,
        update_time=0,
        token_endpoint_auth_method="private_key_jwt",
        jwks=jwks,
        jwks_uri=uri,
    )


class Publisher:
    """A client's server: what it answers, and how often it was asked."""

    def __init__(self, *keys: ClientKey) -> None:
        self.now = 1_000
        self.asked: list[str] = []
        self.answer: Callable[[], bytes] = lambda: b""
        self.publish(*keys)
        self.known = KnownClientKeys(self.fetch, lambda: self.now)

    def publish(self, *keys: ClientKey) -> None:
        content = json.dumps({"keys": [key.named_jwk for key in keys]}).encode()
        self.answer = lambda: content

    def fail(self) -> None:
        def failing() -> bytes:
            raise ValueError("no answer")

        self.answer = failing

    def fetch(self, uri: str) -> bytes:
        self.asked.append(uri)
        return self.answer()

    def find(self, kid: str, uri: str = URI) -> list[Any]:
        return [jwk.get("kid") for jwk in self.known.find(application(uri), kid)]


def test_a_registered_set_is_never_fetched() -> None:
    server = Publisher(FIRST)
    found = server.known.find(application("", SECOND.jwks), "k2")
    assert list(found) == SECOND.jwks["keys"]
    assert server.known.find(application(""), "k2") == ()
    assert server.asked == []


def test_a_published_set_is_fetched_once_and_kept_for_its_time() -> None:
    server = Publisher(FIRST)
    assert server.find("k1") == ["k1"]
    server.now += FRESH_S - 1
    assert server.find("k1") == ["k1"]
    assert server.find("") == ["k1"]
    assert server.asked == [URI]
    server.now += 1
    server.publish(SECOND)
    assert server.find("k1") == []
    assert server.asked == [URI, URI]


def test_an_unknown_kid_asks_again_once_an_interval() -> None:
    """OpenID Connect Core §10.1.1: a rotation is noticed; nobody can hammer the publisher."""
    server = Publisher(FIRST)
    assert server.find("k1") == ["k1"]
    server.publish(FIRST, SECOND)
    for _ in range(20):
        assert server.find("k2") == []
    assert len(server.asked) == 1
    server.now += REFETCH_S
    assert server.find("k2") == ["k2"]
    for _ in range(20):
        assert server.find("k3") == []
    assert len(server.asked) == 2


def test_a_failure_is_remembered_and_old_keys_are_not_served_past_their_time() -> None:
    server = Publisher(FIRST)
    assert server.find("k1") == ["k1"]
    server.fail()
    server.now += FRESH_S
    for _ in range(20):
        assert server.find("k1") == []
    assert len(server.asked) == 2
    server.publish(FIRST)
    server.now += REFETCH_S
    assert server.find("k1") == ["k1"]


def test_a_failure_that_a_stranger_provokes_takes_no_good_key_away() -> None:
    """Anybody may send an assertion with an unknown kid, and choose the moment."""
    publisher = Publisher(FIRST)
    assert publisher.find("k1") == ["k1"]
    publisher.fail()
    publisher.now += REFETCH_S
    assert publisher.find("stranger") == []
    assert len(publisher.asked) == 2
    assert publisher.find("k1") == ["k1"]
    publisher.now += FRESH_S - REFETCH_S
    assert publisher.find("k1") == [], "but not past its time"


def test_a_set_that_has_become_empty_has_no_keys_from_then_on() -> None:
    publisher = Publisher(FIRST)
    publisher.find("k1")
    publisher.publish()
    publisher.now += REFETCH_S
    assert publisher.find("stranger") == []
    assert publisher.find("k1") == []


@pytest.mark.parametrize(
    "answer",
    [b"", b"x", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1, null, {}]}', b"\xff", b"[" * 60_000],
)
def test_an_answer_that_is_no_set_has_no_keys(answer: bytes) -> None:
    server = Publisher()
    server.answer = lambda: answer
    assert server.find("k1") == []


def test_keys_that_may_not_sign_here_are_passed_over() -> None:
    """RFC 7517 §5: a set may hold keys for other uses. A private one is nobody's proof."""
    private = FIRST.named_jwk | {"d": "AAAA"}
    keys = [{"kty": "oct", "k": "AA"}, private, SECOND.named_jwk | {"use": "enc"}]
    server = Publisher()
    server.answer = lambda: json.dumps({"keys": [*keys, SECOND.named_jwk]}).encode()
    assert server.find("") == ["k2"]


def test_the_memory_is_bounded() -> None:
    server = Publisher(FIRST)
    for number in range(MAX_URIS + 1):
        server.find("k1", f"{URI}?{number}")
    asked = len(server.asked)
    server.find("k1", f"{URI}?{MAX_URIS}")
    assert len(server.asked) == asked
    server.find("k1", f"{URI}?0")
    assert len(server.asked) == asked + 1


class Answering(Outbound):
    """An outbound door whose other side is given."""

    def __init__(self, outcome: Answer | Exception) -> None:
        super().__init__()
        object.__setattr__(self, "outcome", outcome)
        object.__setattr__(self, "calls", [])

    def call(self, method: str, url: str, **more: Any) -> Answer:  # type: ignore[override]
        self.calls.append((method, url, more))  # type: ignore[attr-defined]
        outcome = self.outcome  # type: ignore[attr-defined]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[no-any-return]


def test_fetching_goes_through_the_guarded_door_with_bounds() -> None:
    door = Answering(Answer(200, {}, b"{}"))
    assert fetch_with(door)(URI) == b"{}"
    ((method, url, more),) = door.calls  # type: ignore[attr-defined]
    assert (method, url, more["limits"]) == ("GET", URI, Limits(3.0, 65_536))


@pytest.mark.parametrize(
    "outcome",
    [
        Answer(302, {"location": "http://169.254.169.254/"}, b"{}"),
        Answer(404, {}, b"{}"),
        Refused("private address"),
        Failed("time"),
    ],
)
def test_only_a_plain_200_counts_and_no_redirect_is_followed(
    outcome: Answer | Exception,
) -> None:
    door = Answering(outcome)
    with pytest.raises(ValueError, match=r"."):
        fetch_with(door)(URI)
    assert len(door.calls) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_a_private_address_is_not_asked(host: str) -> None:
    with pytest.raises(ValueError, match="may not be called"):
        fetch_with(Outbound(resolve=lambda name, port: (name.strip("[]"),)))(f"https://{host}/jwks")
