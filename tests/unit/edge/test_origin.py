"""Calls that bypass what stands in front of a host are refused before anything else is done."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from keybound.domain.errors import Forbidden, Unavailable
from keybound.edge import origin
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.origin import OriginGuard, read_secrets
from keybound.edge.room import Route, run

from tests.support.log_lines import captured_log, members

OLD, NOW, NEW = ("o" * 43, "n" * 43, "x" * 43)


class Stored:
    """Secrets in force, which a test may change or make unreadable."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = [secret.encode() for secret in secrets]
        self.reads = 0
        self.broken = False
        self.clock = 1000

    def __call__(self) -> tuple[bytes, ...]:
        self.reads += 1
        if self.broken:
            raise Unavailable(detail="secretsmanager Throttling")
        return tuple(self.secrets)

    def guard(self) -> OriginGuard:
        return OriginGuard(self, lambda: self.clock)


def test_the_current_secret_and_the_one_before_it_pass() -> None:
    guard = Stored(NOW, OLD).guard()
    guard.check(NOW)
    guard.check(OLD)


@pytest.mark.parametrize("shown", ["", "n", NOW[:-1], NOW + "n", f"{NOW},{NOW}", NEW, "é\udc80"])
def test_anything_else_is_refused(shown: str) -> None:
    with pytest.raises(Forbidden):
        Stored(NOW, OLD).guard().check(shown)


def test_secrets_are_read_once_and_again_after_five_minutes() -> None:
    stored = Stored(NOW)
    guard = stored.guard()
    for _ in range(5):
        guard.check(NOW)
    assert stored.reads == 1
    stored.secrets = [NEW.encode()]
    stored.clock += origin.REREAD_AFTER_S
    with pytest.raises(Forbidden):
        guard.check(NOW)
    assert stored.reads == 2


def test_a_new_secret_is_known_as_soon_as_it_is_sent() -> None:
    stored = Stored(NOW)
    guard = stored.guard()
    guard.check(NOW)
    stored.secrets = [NEW.encode(), NOW.encode()]
    stored.clock += 10
    guard.check(NEW)


def test_strangers_cannot_make_a_room_read_the_secrets_at_every_call() -> None:
    stored = Stored(NOW)
    guard = stored.guard()
    for _ in range(50):
        with pytest.raises(Forbidden):
            guard.check("guess")
    assert stored.reads == 1


def test_without_any_secret_nothing_passes_and_it_is_tried_again() -> None:
    stored = Stored(NOW)
    stored.broken = True
    guard = stored.guard()
    for shown in (NOW, ""):
        with pytest.raises(Unavailable):
            guard.check(shown)
    stored.broken = False
    guard.check(NOW)


def test_secrets_that_were_read_stay_in_force_while_they_cannot_be_read_again() -> None:
    stored = Stored(NOW)
    guard = stored.guard()
    guard.check(NOW)
    stored.broken = True
    stored.clock += origin.REREAD_AFTER_S
    guard.check(NOW)
    with pytest.raises(Forbidden):
        guard.check("guess")


class SecretsManager:
    """Answers GetSecretValue by stage; an exception is raised."""

    def __init__(self, **stages: Any) -> None:
        self.stages = stages

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, str]:
        assert SecretId == "arn:secret"
        found = self.stages.get(VersionStage, refused("ResourceNotFoundException"))
        if isinstance(found, Exception):
            raise found
        return {"SecretString": found}


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "GetSecretValue")


def test_the_first_version_has_none_before_it() -> None:
    assert read_secrets(SecretsManager(AWSCURRENT=NOW), "arn:secret") == (NOW.encode(),)
    both = SecretsManager(AWSCURRENT=NOW, AWSPREVIOUS=OLD)
    assert read_secrets(both, "arn:secret") == (NOW.encode(), OLD.encode())


@pytest.mark.parametrize(
    "stages",
    [
        {},
        {"AWSPREVIOUS": OLD},
        {"AWSCURRENT": ""},
        {"AWSCURRENT": "short"},
        {"AWSCURRENT": NOW, "AWSPREVIOUS": "short"},
        {"AWSCURRENT": refused("AccessDeniedException")},
        {"AWSCURRENT": NOW, "AWSPREVIOUS": refused("InternalServiceError")},
        {"AWSCURRENT": EndpointConnectionError(endpoint_url="https://x.invalid")},
    ],
)
def test_a_secret_that_cannot_be_had_or_could_be_guessed_is_none(stages: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        read_secrets(SecretsManager(**stages), "arn:secret")


# --- in a room


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stored]:
    stored = Stored(NOW)
    guard = stored.guard()
    monkeypatch.setattr(origin, "guard", lambda: guard)
    yield stored


def never(request: Request) -> Any:
    raise AssertionError("the call went on")


def call(
    endpoint: Callable[[Request], Response],
    method: str,
    headers: dict[str, str],
    cors: Callable[[Request], dict[str, str]] = lambda request: {},
) -> dict[str, Any]:
    route = Route(
        {"GET": endpoint, "POST": endpoint},
        oauth_error,
        preflight=lambda request, allow: endpoint(request),
        cors=cors,
    )
    event = {
        "routeKey": "ANY /thing",
        "headers": headers,
        "body": "{}",
        "requestContext": {"http": {"method": method}, "requestId": "r-1"},
    }
    return run({"/thing": route}, event, room="thing")


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
def test_a_call_that_bypasses_is_refused_before_anything_is_read_or_done(method: str) -> None:
    with captured_log() as lines:
        answer = call(never, method, {}, cors=never)
    assert answer["statusCode"] == 403
    assert bool(answer["body"]) is (method != "HEAD")
    assert "bypassed the edge" not in answer["body"]
    assert len(lines) == 1 and "bypassed the edge" in lines[0]


@pytest.mark.usefixtures("guarded")
def test_a_call_by_way_of_the_edge_goes_on_and_the_secret_is_in_no_log() -> None:
    with captured_log() as lines:
        answer = call(lambda request: Response(200, "{}"), "GET", {"X-Keybound-Origin": NOW})
    assert answer["statusCode"] == 200
    assert NOW not in "".join(lines)


def test_while_the_secret_cannot_be_read_the_answer_is_503(guarded: Stored) -> None:
    guarded.broken = True
    with captured_log() as lines:
        answer = call(never, "GET", {"x-keybound-origin": NOW})
    assert members(lines[0])["level"] == "ERROR"
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"] == "1"


def test_without_the_setting_nothing_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(origin.SETTING, raising=False)
    origin.guard.cache_clear()
    assert origin.guard() is None
    assert call(lambda request: Response(200, "{}"), "GET", {})["statusCode"] == 200


def test_with_the_setting_the_guard_is_made_without_a_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(origin.SETTING, "arn:secret")
    origin.guard.cache_clear()
    assert isinstance(origin.guard(), OriginGuard)
    origin.guard.cache_clear()
