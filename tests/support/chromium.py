"""Debian's Chromium under Playwright, with a virtual authenticator over CDP.

Import the fixtures into the conftest.py of a folder of browser tests:

    from tests.support.chromium import authenticator, browser, context, page  # noqa: F401

Pages must be served on `http://localhost:PORT`: 127.0.0.1 cannot be a relying party id.
"""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

#: --no-sandbox because containers run tests as root; shared memory there is small.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking")
#: How long a page may take for one step. Long, because a loaded machine can starve a browser of
#: the processor for many seconds, and only a failing test ever waits so long.
TIMEOUT_MS = 60_000

expect.set_options(timeout=TIMEOUT_MS)


class VirtualAuthenticator:
    """A platform authenticator of one page, as the WebAuthn domain of CDP makes it.

    It verifies the user, keeps at most three discoverable passkeys, and answers at once unless
    told otherwise. Source: WebAuthn L3 §11 (automation), CDP domain `WebAuthn`.
    """

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": True,
            "defaultBackupState": True,
        }
        made = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = made["authenticatorId"]

    def send(self, command: str, **parameters: Any) -> dict[str, Any]:
        """Send `WebAuthn.<command>` for this authenticator."""
        answer: dict[str, Any] = self._cdp.send(
            f"WebAuthn.{command}", {"authenticatorId": self._id, **parameters}
        )
        return answer

    def credentials(self) -> list[dict[str, Any]]:
        """The passkeys with private key; binary members are plain base64."""
        found: list[dict[str, Any]] = self.send("getCredentials")["credentials"]
        return found

    def add(self, credential: dict[str, Any]) -> None:
        """Put a passkey of another page's authenticator here, as syncing does."""
        self.send("addCredential", credential=credential)

    def clear(self) -> None:
        """Forget every passkey."""
        self.send("clearCredentials")

    def verify_user(self, verified: bool) -> None:
        """Whether user verification succeeds; if not, a ceremony ends in NotAllowedError, which
        is also what a person who closes the prompt causes."""
        self.send("setUserVerified", isUserVerified=verified)

    def answer(self, at_once: bool) -> None:
        """Whether somebody touches the authenticator; if not, a ceremony stays pending. One that
        is pending already stays so: only the next is answered."""
        self.send("setAutomaticPresenceSimulation", enabled=at_once)


def chromium_binary() -> str:
    """Path of the browser; its absence is a failure, never a skipped test."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("no `chromium` on the PATH: run `make setup`", pytrace=False)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per module: while it is open, no asyncio loop can run in this thread."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium_binary(), args=list(ARGUMENTS)
        )
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own: no storage, no passkeys."""
    profile = browser.new_context()
    profile.set_default_timeout(TIMEOUT_MS)
    yield profile
    profile.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def authenticator(page: Page) -> VirtualAuthenticator:
    return VirtualAuthenticator(page)
