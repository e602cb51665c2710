"""One running Keybound for the clients that we did not write."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.dev_server import running_dev_server


@pytest.fixture(scope="session")
def dev_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running_dev_server(tmp_path_factory.mktemp("dev")) as ready:
        yield ready
