"""What tests/conftest.py promises to every other test."""

import os
import sys
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.support import moto_lock
from tests.support.races import create_race_table, winners_of_a_race


def test_credentials_are_fake_and_the_machines_own_are_out_of_reach() -> None:
    credentials = boto3.Session().get_credentials()
    assert credentials is not None
    assert credentials.access_key == "testing"
    assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"
    assert os.environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_moto_is_locked_as_soon_as_it_is_imported() -> None:
    assert moto_lock.is_locked(sys.modules[moto_lock.STUBBER])


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Threads change places every 10 microseconds, so that a race is lost if it can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("impatient_threads")
def test_of_eight_threads_that_create_one_item_in_moto_one_succeeds() -> None:
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_race_table(dynamodb)
        assert [winners_of_a_race(dynamodb, f"race-{n}", 8) for n in range(25)] == [1] * 25
