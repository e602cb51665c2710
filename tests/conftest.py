"""What holds for every test: no real AWS account can be reached, and moto answers one at a time."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import moto_lock
from tests.support.node import node_binary

if TYPE_CHECKING:
    from tests.support.platform import Platform
    from tests.support.shares_of_work import Shares

AWS_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

# At import, not in a fixture: test modules may make their clients while they are imported.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_SETTINGS)

# jsii, under the CDK, starts a Node of its own choice and warns at length about an old one.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
if node := node_binary():
    os.environ.setdefault("JSII_NODE", node)

moto_lock.install()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "Shares | None":
    from tests.support.shares_of_work import Shares

    return Shares(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # one process alone takes them as they come
        from tests.support.shares_of_work import early_first

        early_first(items)


@pytest.fixture(scope="module")
def platform() -> Iterator["Platform"]:
    """The whole platform on moto, for the tests of one module."""
    from tests.support.platform import Platform

    started = Platform()
    yield started
    started.stop()
