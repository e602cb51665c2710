"""A process that was only loaded holds nothing that two copies of it must not share (SnapStart)."""

import json
import os
import random
import subprocess
import sys
from typing import Any

import pytest
from keybound.edge import aws, snapshot

from functions import composition
from functions.manifest import ROOMS
from tests.support.platform import Platform
from tests.support.sign_in import new_sign_in
from tests.support.sources import REPOSITORY

# Every cached builder anywhere in our code that holds something, after the room was imported.
WHAT_IS_BUILT = """
import functools, importlib, json, os, socket, sys
import botocore.session
def refuse(*arguments, **named):
    raise AssertionError("a room opened a connection or made a client while it was loaded")
socket.socket.connect = botocore.session.Session.__init__ = refuse
importlib.import_module(sys.argv[1])
cached = type(functools.cache(refuse))
built = [
    f"{name}.{member}"
    for name, module in list(sys.modules.items())
    if name.partition(".")[0] in ("keybound", "functions")
    for member, value in list(vars(module).items())
    if isinstance(value, cached) and value.cache_info().currsize
]
print(json.dumps([len(sys.modules), built]))
"""


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_that_was_only_loaded_has_built_nothing(room: Any) -> None:
    """No client, no connection, no settings, no key: so a snapshot of it holds none."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYBOUND_"))}
    run = subprocess.run(
        [sys.executable, "-c", WHAT_IS_BUILT, room.handler.rpartition(".")[0]],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    loaded, built = json.loads(run.stdout.splitlines()[-1])
    assert loaded > 100
    assert built == []


def builders_that_hold() -> list[str]:
    """Return the cached builders that hold something, in the rooms and where AWS is called."""
    found = {
        f"{module.__name__}.{name}": member.cache_info().currsize
        for module in list(sys.modules.values())
        if module.__name__.startswith("functions.") or module is aws
        for name, member in vars(module).items()
        if hasattr(member, "cache_info")
    }
    return sorted(name for name, held in found.items() if held)


def test_what_was_built_before_a_snapshot_is_dropped_after_the_restore(
    platform: Platform,
) -> None:
    """Clients with their connections and credentials, and unwrapped keys."""
    person = new_sign_in(platform)
    assert person.redeem(person.code()).status == 200
    before = (aws.client("kms"), composition.data_keys("locator"), composition.signer())
    expected = {"composition.signer", "client_proofs.client_authentication", "token.wiring.ports"}
    assert expected <= {name.removeprefix("functions.") for name in builders_that_hold()}
    snapshot._begin_anew(composition.forget)
    assert builders_that_hold() == []
    after = (aws.client("kms"), composition.data_keys("locator"), composition.signer())
    assert all(new is not old for new, old in zip(after, before, strict=True))
    assert person.redeem(person.code()).status == 200


def test_two_copies_of_a_process_do_not_draw_the_same_numbers() -> None:
    frozen = random.getstate()
    drawn = set()
    for _ in range(2):
        random.setstate(frozen)
        snapshot._begin_anew(lambda: None)
        drawn.add(random.random())
    assert len(drawn) == 2


def test_where_nothing_takes_snapshots_there_is_nothing_to_register() -> None:
    assert snapshot.after_restore(lambda: None) is False


LAMBDA_WITH_SNAPSHOTS = """
import sys, types
registered = []
module = types.ModuleType("snapshot_restore_py")
module.register_after_restore = lambda function, *arguments: registered.append(
    lambda: function(*arguments)
)
sys.modules["snapshot_restore_py"] = module
from functions import composition
from keybound.edge import aws
assert len(registered) == 1
aws.session()
assert aws.session.cache_info().currsize == 1
registered[0]()
assert aws.session.cache_info().currsize == 0
"""


def test_lambda_is_told_to_have_it_done_in_each_restored_environment() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LAMBDA_WITH_SNAPSHOTS],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
