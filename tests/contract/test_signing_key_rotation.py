"""Rotations as they are really run, on ministack: the operator's commands and the scheduled room,
with the token room signing and the key set published meanwhile."""

import json
import os
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from click.testing import CliRunner, Result
from keybound.domain.clock import SystemClock
from keybound.edge import aws
from keybound.storage import schema

from functions import composition
from functions.manifest import Host, Table, room
from infra.names import Names
from tests.support.at_once import at_once
from tests.support.aws_calls import AwsCall, count_aws_calls, fail_aws_call
from tests.support.log_lines import captured_log
from tests.support.rooms import forget_rooms
from tools.cli import bootstrap
from tools.cli.main import main
from tools.devserver.events import HttpCall
from tools.devserver.invocation import call_route, run_schedule

HOUR_S, DAY_S = 3600, 24 * 3600
AUTH, API = "http://localhost:8080", "http://localhost:8081"
SPECS = {"RS256": "RSA_2048", "ES256": "ECC_NIST_P256"}


@dataclass
class Place:
    """One deployment on ministack, and the rooms of this process working in it."""

    names: Names
    client: bootstrap.ManagementClient | None = None

    def create_slot(self, slot: str) -> None:
        for alg, spec in SPECS.items():
            answer = aws.kms().create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
            self.alias(self.names.signing_alias(alg, slot), answer["KeyMetadata"]["KeyId"])

    def alias(self, name: str, key_id: str) -> None:
        aws.kms().create_alias(AliasName=name, TargetKeyId=key_id)

    def keys(self, *arguments: str) -> Result:
        name, stage = self.names.prefix.split("-")
        return CliRunner().invoke(main, ["keys", "--name", name, "--stage", stage, *arguments])

    def rotate(self) -> Any:
        return run_schedule(room("rotate_signing_key"), SystemClock()())

    def token(self) -> str:
        assert self.client
        pair = b64encode(f"{self.client.client_id}:{self.client.client_secret}".encode()).decode()
        headers = [
            ("authorization", f"Basic {pair}"),
            ("content-type", "application/x-www-form-urlencoded"),
        ]
        body = urlencode({"grant_type": "client_credentials"}).encode()
        path = self.client.token_endpoint.removeprefix(AUTH)
        answer = call_route(Host.AUTH, HttpCall("POST", path, headers, body))
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["access_token"])

    def key_set(self) -> dict[str, Any]:
        assert self.client
        path = f"{self.client.issuer.removeprefix(AUTH)}/.well-known/jwks.json"
        answer = call_route(Host.AUTH, HttpCall("GET", path, [], b""))
        assert answer.status == 200
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def verifies(self, token: str) -> bool:
        """Whether a client that reads the key set now takes the token's signature."""
        published = {key.key_id: key for key in jwt.PyJWKSet.from_dict(self.key_set()).keys}
        kid = jwt.get_unverified_header(token)["kid"]
        unchecked = {f"verify_{claim}": False for claim in ("exp", "iat", "aud")}
        if kid not in published:
            return False
        return bool(jwt.decode(token, published[kid], algorithms=["RS256"], options=unchecked))


def advance(seconds: int) -> None:
    SystemClock.offset_s += seconds


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def operations(calls: list[AwsCall]) -> list[str]:
    return [call.operation for call in calls if call.service == "kms"]


@pytest.fixture
def place(ministack_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Tables, the key that wraps, sealing keys and a tenant; no signing keys yet."""
    names = Names(f"k{uuid.uuid4().hex[:8]}-test")
    monkeypatch.setattr(SystemClock, "offset_s", 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_url)
    forget_rooms()
    wrapping = aws.kms().create_key()["KeyMetadata"]["Arn"]
    for name, value in {
        "AUTH_BASE_URL": AUTH,
        "API_BASE_URL": API,
        "DIRECTORY_TABLE": names.table(Table.DIRECTORY),
        "GRANTS_TABLE": names.table(Table.GRANTS),
        "SEALING_KEY_ID": wrapping,
        "CACHE_TTL_S": "30",
    }.items():
        monkeypatch.setenv(f"KEYBOUND_{name}", value)
    aws.dynamodb().create_table(**schema.directory_table(names.table(Table.DIRECTORY)))
    aws.dynamodb().create_table(**schema.grants_table(names.table(Table.GRANTS)))
    made = Place(names)
    made.alias(names.sealing_alias, wrapping)
    deployment = bootstrap.Deployment(
        composition.directory(), aws.kms, wrapping, AUTH, API, SystemClock(), os.urandom
    )
    bootstrap.create_sealing_keys(deployment)
    made.client = bootstrap.create_tenant(deployment, "Tenant")
    yield made
    forget_rooms()


@pytest.fixture
def pairs(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The signing mode of wrapped pairs, before its first run."""
    monkeypatch.setenv("KEYBOUND_SIGNING_MODE", "kms-data-key-pair")
    composition.forget()
    forget_rooms()
    return place


@pytest.fixture
def slots(place: Place) -> Place:
    """The signing mode of KMS, with slot A signing."""
    place.create_slot("a")
    assert place.keys("publish", "--slot", "a").exit_code == 0
    return place


# --- KMS signs: the operator's commands


def test_an_operator_rotates_and_every_token_verifies_until_it_expires(slots: Place) -> None:
    first = slots.token()
    slots.create_slot("b")
    published = slots.keys("publish", "--slot", "b")
    assert published.exit_code == 0, published.output
    assert published.output.count("next") == 2
    advance(30)
    assert len(slots.key_set()["keys"]) == 4
    assert kid_of(slots.token()) == kid_of(first)

    advance(3 * HOUR_S)
    assert slots.keys("switch").exit_code == 0
    advance(30)
    second = slots.token()
    assert kid_of(second) != kid_of(first)
    assert slots.verifies(first)
    assert slots.verifies(second)

    advance(DAY_S + HOUR_S)
    retired = slots.keys("retire")
    assert retired.exit_code == 0, retired.output
    assert kid_of(first) in retired.output
    advance(30)
    assert not slots.verifies(first)
    assert slots.verifies(second)
    assert len(slots.key_set()["keys"]) == 2


def test_commands_that_come_too_early_are_refused_and_say_when(slots: Place) -> None:
    slots.create_slot("b")
    slots.keys("publish", "--slot", "b")
    advance(3 * HOUR_S - 60)
    refused = slots.keys("switch")
    assert refused.exit_code == 1
    assert refused.output.count(" before 20") == 2
    assert "signs since" in slots.keys("status").output

    advance(60)
    assert slots.keys("switch").exit_code == 0
    advance(DAY_S)
    assert slots.keys("retire").exit_code == 1
    assert len(slots.key_set()["keys"]) == 4


@pytest.mark.parametrize("word", ["", "now", "break-tokens"])
def test_a_switch_at_once_takes_its_own_word_and_no_other(slots: Place, word: str) -> None:
    slots.create_slot("b")
    slots.keys("publish", "--slot", "b")
    before = slots.keys("status").output
    assert slots.keys("switch", "--now", word).exit_code == 2
    assert slots.keys("status").output == before
    assert slots.keys("switch", "--now", "break-verifiers").exit_code == 0
    assert slots.keys("retire", "--now", "break-verifiers").exit_code == 2
    assert slots.keys("retire", "--now", "break-tokens").exit_code == 0
    assert "previous" not in slots.keys("status").output


def test_each_command_may_be_repeated(slots: Place) -> None:
    slots.create_slot("b")
    for wait, arguments in (
        (0, ("publish", "--slot", "b")),
        (3 * HOUR_S, ("switch",)),
        (26 * HOUR_S, ("retire",)),
        (0, ("withdraw",)),
    ):
        advance(wait)
        assert slots.keys(*arguments).exit_code == 0
        status = slots.keys("status").output
        assert slots.keys(*arguments).exit_code == 0
        assert slots.keys("status").output == status


def test_a_command_that_failed_for_one_algorithm_is_finished_by_repeating_it(slots: Place) -> None:
    slots.create_slot("b")
    slots.keys("publish", "--slot", "b")
    advance(3 * HOUR_S)
    with fail_aws_call("PutItem", "before") as failed:
        result = slots.keys("switch")
    assert failed
    assert result.exit_code == 1
    assert "run the command again" in result.output
    assert slots.keys("status").output.count("previous") == 1
    assert slots.keys("switch").exit_code == 0
    assert slots.keys("status").output.count("previous") == 2


def test_a_slot_without_a_key_or_with_one_that_is_disabled_is_refused(slots: Place) -> None:
    missing = slots.keys("publish", "--slot", "b")
    assert missing.exit_code == 1
    assert "slot b has no RS256 key" in missing.output
    slots.create_slot("b")
    disabled = slots.names.signing_alias("RS256", "b")
    key_id = aws.kms().describe_key(KeyId=disabled)["KeyMetadata"]["KeyId"]
    aws.kms().disable_key(KeyId=key_id)
    refused = slots.keys("publish", "--slot", "b", "--alg", "RS256")
    assert refused.exit_code == 1
    assert "Disabled" in refused.output


def test_a_key_that_was_disabled_meanwhile_does_not_become_the_one_that_signs(slots: Place) -> None:
    slots.create_slot("b")
    slots.keys("publish", "--slot", "b")
    alias = slots.names.signing_alias("RS256", "b")
    aws.kms().disable_key(KeyId=aws.kms().describe_key(KeyId=alias)["KeyMetadata"]["KeyId"])
    advance(3 * HOUR_S)
    assert slots.keys("switch").exit_code == 1
    advance(30)
    assert slots.verifies(slots.token())


def test_where_kms_signs_the_schedule_changes_nothing(slots: Place) -> None:
    before = slots.keys("status").output
    assert slots.rotate() == {"RS256": "off", "ES256": "off"}
    assert slots.keys("advance").exit_code == 1
    assert slots.keys("status").output == before


# --- wrapped pairs: the schedule


def test_the_schedule_makes_keys_and_rotates_them_while_tokens_verify(pairs: Place) -> None:
    published = {"RS256": "published", "ES256": "published"}
    assert [pairs.rotate(), pairs.rotate()] == [published, published]
    assert pairs.rotate() == {"RS256": "waiting", "ES256": "waiting"}
    first = pairs.token()
    shown = pairs.key_set()

    advance(DAY_S)
    assert pairs.rotate() == {"RS256": "switched", "ES256": "switched"}
    assert pairs.rotate() == published
    advance(30)
    second = pairs.token()
    assert kid_of(second) != kid_of(first)
    assert kid_of(second) in {key["kid"] for key in shown["keys"]}
    assert pairs.verifies(first)
    assert pairs.verifies(second)
    assert len(pairs.key_set()["keys"]) == 6

    advance(DAY_S)
    assert pairs.rotate() == {"RS256": "switched", "ES256": "switched"}
    advance(HOUR_S)
    steps = [pairs.rotate()["RS256"] for _ in range(3)]
    assert steps == ["published", "retired", "waiting"]
    advance(30)
    assert not pairs.verifies(first)
    assert pairs.verifies(second)


def test_a_cold_token_room_unwraps_once_and_a_warm_one_calls_kms_never(pairs: Place) -> None:
    pairs.rotate()
    with count_aws_calls() as cold:
        pairs.token()
    purposes = [c.params["EncryptionContext"] for c in cold if c.operation == "Decrypt"]
    assert purposes == [{"purpose": "signing"}]
    with count_aws_calls() as warm:
        pairs.token()
    assert warm == []


def test_the_room_that_makes_pairs_never_sees_a_private_half(pairs: Place) -> None:
    with count_aws_calls() as calls:
        pairs.rotate()
    assert set(operations(calls)) == {"GenerateDataKeyPairWithoutPlaintext"}
    contexts = [c.params["EncryptionContext"] for c in calls if c.service == "kms"]
    assert contexts == [{"purpose": "signing"}] * 2


def test_scheduled_runs_at_once_leave_one_key_that_signs(pairs: Place) -> None:
    results = at_once(6, lambda _: pairs.rotate())
    assert [each for each in results if isinstance(each, Exception)] == []
    pairs.rotate()
    status = pairs.keys("status").output
    assert (status.count("current"), status.count("next")) == (2, 2)
    assert pairs.verifies(pairs.token())


@pytest.mark.parametrize("operation", ["GenerateDataKeyPairWithoutPlaintext", "PutItem"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_fails_for_one_algorithm_takes_the_others_step_and_the_next_run_heals(
    pairs: Place, operation: str, moment: Any
) -> None:
    with (
        captured_log() as lines,
        fail_aws_call(operation, moment) as failed,
        pytest.raises(Exception, match="unavailable"),
    ):
        pairs.rotate()
    assert failed
    (line,) = (json.loads(line) for line in lines)
    assert (line["RS256"], line["ES256"], line["level"]) == ("failed", "published", "ERROR")
    pairs.rotate()
    assert "current" in pairs.keys("status").output
    assert pairs.verifies(pairs.token())


def test_no_log_line_and_no_key_set_holds_key_material(pairs: Place) -> None:
    with captured_log() as lines:
        pairs.rotate()
        pairs.token()
    assert len(lines) == 2
    published = json.dumps(pairs.key_set())
    for key in composition.configuration().signing_keys():
        assert key.wrapped
        assert b64encode(key.wrapped).decode() not in published + "".join(lines)
    assert '"wrapped"' not in published + "".join(lines)
    for member in ('"d"', '"p"', '"q"', '"k"'):
        assert member not in published


# --- from one mode to the other


def test_a_change_of_the_mode_is_a_rotation_like_any_other(
    slots: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = slots.token()
    monkeypatch.setenv("KEYBOUND_SIGNING_MODE", "kms-data-key-pair")
    forget_rooms()
    assert slots.rotate()["RS256"] == "published"
    assert kid_of(slots.token()) == kid_of(first)
    advance(3 * HOUR_S)
    assert slots.rotate()["RS256"] == "switched"
    advance(30)
    second = slots.token()
    assert kid_of(second) != kid_of(first)
    assert slots.verifies(first)

    slots.create_slot("b")
    assert slots.keys("publish", "--slot", "b", "--replace").exit_code == 0
    advance(3 * HOUR_S)
    assert slots.keys("switch").exit_code == 0
    monkeypatch.setenv("KEYBOUND_SIGNING_MODE", "kms")
    forget_rooms()
    third = slots.token()
    assert len({kid_of(first), kid_of(second), kid_of(third)}) == 3
    assert all(map(slots.verifies, (first, second, third)))
