"""What alarms read out of logs: real lines of real failures match, and healthy ones do not."""

import ast
import json
from collections.abc import Callable, Iterator

import pytest
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.room import Route, run

from infra.components import log_signals
from infra.components.http_host import ACCESS_LOG
from infra.components.log_signals import Signal
from tests.infra.filter_patterns import matches
from tests.support.aws_calls import fail_aws_call
from tests.support.log_lines import captured_log
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import ORIGIN, new_sign_in
from tests.support.software_authenticator import Lies, SoftwareAuthenticator
from tests.support.sources import python_modules

EVERY_SIGNAL = (*log_signals.ALWAYS, *log_signals.COUNTED, log_signals.MAIL_FAILURES)


def heard(lines: list[str]) -> list[str]:
    """Names of the signals that the rooms' lines set off."""
    of_rooms = [signal for signal in EVERY_SIGNAL if signal.rooms is not None]
    return [s.name for line in lines for s in of_rooms if matches(s.pattern, line)]


def test_a_healthy_sign_in_sets_nothing_off(platform: Platform) -> None:
    person = new_sign_in(platform)
    with captured_log() as lines:
        assert person.redeem(person.code()).status == 200
    assert len(lines) >= 3
    assert heard(lines) == []


@pytest.mark.parametrize("operation", ["Sign", "Decrypt"])
def test_kms_that_fails_is_heard(platform: Platform, operation: str) -> None:
    person = new_sign_in(platform)
    code = person.code()
    forget_rooms()  # what KMS has unwrapped already would need no KMS
    with captured_log() as lines, fail_aws_call(operation, "before") as failed:
        assert person.redeem(code).status == 503
    assert failed
    assert heard(lines) == ["KmsFailures"]


def test_dynamodb_that_fails_is_not_taken_for_kms(platform: Platform) -> None:
    person = new_sign_in(platform)
    code = person.code()
    with captured_log() as lines, fail_aws_call("UpdateItem", "before") as failed:
        assert person.redeem(code).status == 503
    assert failed
    assert heard(lines) == []


def test_a_passkey_that_may_have_been_copied_is_heard(platform: Platform) -> None:
    synced = SoftwareAuthenticator(origin=ORIGIN, backup_eligible=True)
    person = new_sign_in(platform, authenticator=synced)
    person.change_passkey(sign_count=40)
    request = person.request()
    with captured_log() as lines:
        person.authenticate(request, person.assertion(request, Lies(sign_count=7)))
    assert heard(lines) == ["ClonedPasskeys"]


def test_a_spent_refresh_token_that_comes_back_is_heard(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=("authorization_code", "refresh_token"))
    spent = person.redeem(person.code()).json()["refresh_token"]
    assert person.refresh(spent).status == 200
    platform.clock.advance(30)  # past the time in which a lost answer may be asked for again
    try:
        with captured_log() as lines:
            assert person.refresh(spent).status == 400
    finally:
        platform.clock.reset()
        forget_rooms()
    assert heard(lines) == ["ReplayedLogins"]


def test_an_error_that_nobody_foresaw_is_heard() -> None:
    def broken(request: Request) -> Response:
        raise RuntimeError("nobody foresaw this")

    event = {
        "routeKey": "ANY /broken",
        "requestContext": {"http": {"method": "GET"}, "requestId": "r-1"},
    }
    with captured_log() as lines:
        run({"/broken": Route({"GET": broken}, oauth_error)}, event, room="broken")
    assert heard(lines) == ["UnforeseenErrors"]


@pytest.mark.parametrize(
    ("status", "signals"),
    [("200", []), ("404", []), ("429", ["HeldOff"]), ("500", ["ServerErrors"])],
)
def test_access_logs_tell_server_errors_and_held_off_calls(status: str, signals: list[str]) -> None:
    line = json.dumps(ACCESS_LOG).replace("$context.status", status)
    of_hosts = [signal for signal in EVERY_SIGNAL if signal.rooms is None]
    assert [s.name for s in of_hosts if matches(s.pattern, line)] == signals


def refusals(package: str) -> Iterator[str]:
    """The detail of every Unavailable that a package raises, with `*` for what varies."""
    for _, tree in python_modules(f"layers/keybound/python/keybound/{package}"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Unavailable":
                for keyword in node.keywords:
                    if keyword.arg == "detail":
                        yield text_of(keyword.value)


def text_of(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(text_of(value) for value in values)
    return "*"


def line_of(detail: str) -> str:
    return json.dumps({"detail": detail})


# Lost races: the next run or the next try goes on, and no key is the matter.
NOT_KMS = ("* signing keys are being changed by others",)


def test_every_failure_of_keys_that_the_code_knows_is_heard() -> None:
    known = [detail for detail in refusals("signing") if detail not in NOT_KMS]
    assert len(known) >= 6
    deaf = [d for d in known if not matches(log_signals.KMS_FAILURES.pattern, line_of(d))]
    assert deaf == []


def test_no_failure_of_storage_is_taken_for_one_of_keys_or_mail() -> None:
    known = list(refusals("storage"))
    assert len(known) >= 3
    for signal in (log_signals.KMS_FAILURES, log_signals.MAIL_FAILURES):
        assert [d for d in known if matches(signal.pattern, line_of(d))] == []


@pytest.mark.parametrize("signal", EVERY_SIGNAL, ids=lambda signal: signal.name)
def test_each_pattern_is_one_that_cloudwatch_can_read(signal: Signal) -> None:
    assert matches(signal.pattern, "{}") is False


@pytest.mark.parametrize("pattern", ["error", "{ $.a = 1 }", '{ ($.a = "b") && ($.c = "d") }'])
def test_the_reader_of_patterns_refuses_what_it_does_not_know(pattern: str) -> None:
    read: Callable[[str, str], bool] = matches
    with pytest.raises(ValueError, match="not a"):
        read(pattern, "{}")
