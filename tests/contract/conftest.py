"""Storage adapters against two local DynamoDBs: moto, one answer at a time, and ministack, which is
atomic between threads by itself."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from keybound.domain.tenancy import Realm
from keybound.storage import keys, schema
from keybound.storage.codec import encode
from keybound.storage.table import Table
from moto import mock_aws

from tests.support.directory_samples import NOW, OTHER_REALM, REALM
from tests.support.ministack import running_ministack
from tools.devserver import quick_moto

_MANY_THREADS = Config(max_pool_connections=64, retries={"mode": "standard"})


@pytest.fixture(scope="session")
def ministack_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("ministack")
    with running_ministack(folder) as url:
        yield url


@pytest.fixture(params=["moto", "ministack"])
def dynamodb(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A low-level client of either."""
    if request.param == "moto":
        quick_moto.install()
        with mock_aws():
            yield boto3.client("dynamodb", config=_MANY_THREADS)
    else:
        url = request.getfixturevalue("ministack_url")
        client = boto3.client("dynamodb", endpoint_url=url, config=_MANY_THREADS)
        yield client
        client.close()


@pytest.fixture
def directory(dynamodb: Any) -> Table:
    """A fresh Directory table with the two realms of the samples, since all else lives in one."""
    name = f"directory-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.directory_table(name))
    table = Table(lambda: dynamodb, name)
    for where in (REALM, OTHER_REALM):
        realm = Realm(where.realm_id, where.tenant_id, "Customers", NOW, NOW)
        table.put({**keys.realm(where.tenant_id, where.realm_id)._asdict(), **encode(realm)})
    return table
