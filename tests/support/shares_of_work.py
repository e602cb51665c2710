"""Which worker of a parallel run gets what, and when, so that all of them end together.

A share is a file, or a folder whose files need the same dear thing made once for the session: a
synthesis of the templates, a deployment, a server behind a browser. Shares that wait on other
processes come first: the many short ones fill the end.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

FOLDERS = ("tests/deploy/", "tests/browser/demo/", "tests/infra/", "tests/clients/")
WAITING = ("tests/browser/", "tests/journeys/", "tests/contract/")
EARLY = (*FOLDERS, *WAITING, "tests/protocol/", "tests/functions/")


class Shares(LoadScopeScheduling):
    """Hands out whole shares, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False  # else those with the most tests come first
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        return next((folder for folder in FOLDERS if path.startswith(folder)), path)


def early_first(items: list[pytest.Item]) -> None:
    """Order what a worker has collected; files keep the order of their tests."""

    def place(item: pytest.Item) -> int:
        return next((n for n, at in enumerate(EARLY) if item.nodeid.startswith(at)), len(EARLY))

    items.sort(key=place)
