"""One development server for all tests of the demo; a new person for each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.demo.keybound_process import Keybound, start, stop
from tests.browser.demo.person import Person
from tests.support.chromium import VirtualAuthenticator, authenticator, browser, context, page

__all__ = ["authenticator", "browser", "context", "page"]


@pytest.fixture(scope="session")
def keybound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keybound]:
    running = start(tmp_path_factory.mktemp("keybound") / "ready.json")
    yield running
    stop(running.process)


@pytest.fixture
def person(page: Page, authenticator: VirtualAuthenticator, keybound: Keybound) -> Iterator[Person]:
    """Somebody whom no page gave an error or broke its own policy."""
    somebody = Person(page, authenticator, keybound)
    yield somebody
    assert somebody.faults == []
