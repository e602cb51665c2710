"""The shortened moto answers as moto does: every call, made against both."""

import subprocess
import sys

from tests.support import dynamodb_answers
from tests.support.sources import REPOSITORY
from tools.devserver import quick_moto


def test_a_shortened_moto_answers_each_call_as_moto_itself():
    by_itself = subprocess.run(
        [sys.executable, "-m", "tests.support.dynamodb_answers"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    quick_moto.install()
    shortened = [f"{n} {answer}" for n, answer in enumerate(dynamodb_answers.answers())]
    assert shortened == by_itself
    assert len(shortened) > 60


def test_it_is_shortened_once():
    quick_moto.install()
    before = quick_moto_ways()
    quick_moto.install()
    assert quick_moto_ways() == before


def quick_moto_ways() -> list[object]:
    from moto.core.serialize import BaseJSONSerializer
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.table import Table

    return [
        BaseJSONSerializer._serialize_type_structure,
        DynamoDBBackend.update_item,
        Table.query,
    ]
