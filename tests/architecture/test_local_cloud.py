"""The local cloud that race tests rest on: loopback only, one winner whatever the contention."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from tests.support.ministack import running_ministack
from tests.support.races import create_race_table, winners_of_a_race


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_ministack(tmp_path_factory.mktemp("ministack")) as url:
        yield url


def test_ministack_is_reached_by_loopback_only(ministack: str) -> None:
    port = urlsplit(ministack).port
    assert port is not None
    listening = {
        (bytes.fromhex(local[0:8])[::-1], int(local[9:13], 16))
        for local in (row.split()[1] for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
    }
    assert (socket.inet_aton("127.0.0.1"), port) in listening
    assert (socket.inet_aton("0.0.0.0"), port) not in listening


def test_of_fifty_threads_that_create_one_item_in_ministack_one_succeeds(ministack: str) -> None:
    dynamodb = boto3.client("dynamodb", endpoint_url=ministack)
    create_race_table(dynamodb)
    assert [winners_of_a_race(dynamodb, f"race-{n}", 50) for n in range(3)] == [1] * 3
