"""A page that has loaded the SDK, its app's site, the service it trusts and one it must not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.sdk.app_site import AppSite
from tests.browser.sdk.fake_service import FakeService
from tests.browser.sdk.loopback import Server, serving
from tests.support.chromium import VirtualAuthenticator, authenticator, browser, context, page

__all__ = ["authenticator", "browser", "context", "page"]

#: Notes where the address bar stood whenever something left the page or a prompt opened.
WITNESS = """
  const seen = (window.seen = { fetches: [], ceremonies: [], navigations: [] });
  const outer = window.fetch;
  window.fetch = (...call) => {
    seen.fetches.push(location.href);
    return outer(...call);
  };
  for (const verb of ["create", "get"]) {
    const native = navigator.credentials[verb].bind(navigator.credentials);
    navigator.credentials[verb] = (options) => {
      seen.ceremonies.push({ verb, mediation: options.mediation ?? "modal", href: location.href,
        allowed: options.publicKey.allowCredentials?.length ?? 0 });
      return native(options);
    };
  }
  navigation.addEventListener("navigate", (event) => {
    if (!event.destination.sameDocument) seen.navigations.push(event.destination.url);
  });
"""


@dataclass
class SdkPage:
    """`call` and `run` settle as {"value": …} or {"error": {type, message, data}}."""

    page: Page
    allowed: list[str]

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.page.evaluate(
            """async (allowedDomains) => {
              const module = await import("/sdk/embedded.js");
              const settled = (promise) => promise.then(
                (value) => ({ value }),
                (error) => ({ error: { type: error.type ?? error.name, message: error.message,
                  data: error.data, isEmbedded: error instanceof module.EmbeddedError } }));
              const sdk = await module.Embedded.initialize({ allowedDomains });
              const results = {};
              const start = (name, promise) => settled(promise).then((r) => (results[name] = r));
              Object.assign(window, { module, sdk, settled, results, start });
            }""",
            self.allowed,
        )

    def call(self, method: str, *arguments: Any) -> dict[str, Any]:
        """Call a method of the instance and wait for it."""
        self.start("call", method, *arguments)
        return self.result("call")

    def start(self, name: str, method: str, *arguments: Any) -> None:
        """Call a method without waiting; `result(name)` waits for it."""
        self.page.evaluate(
            "([name, method, given]) => { delete results[name];"
            " start(name, sdk[method](...given)); }",
            [name, method, list(arguments)],
        )

    def start_autofill(self, name: str, urls: list[str]) -> None:
        """Supplies these URLs one after another, then the last for ever; counts the asking."""
        self.page.evaluate(
            """([name, urls]) => {
              window.supplied = 0;
              const supply = () => urls[Math.min(window.supplied++, urls.length - 1)];
              start(name, sdk.authenticateWithAutofill(supply));
            }""",
            [name, urls],
        )

    def result(self, name: str) -> dict[str, Any]:
        self.page.wait_for_function("(name) => name in results", arg=name)
        result: dict[str, Any] = self.page.evaluate("(name) => results[name]", name)
        return result

    def wait_for_ceremonies(self, count: int) -> None:
        self.page.wait_for_function("(n) => seen.ceremonies.length >= n", arg=count)

    @property
    def seen(self) -> dict[str, list[Any]]:
        noted: dict[str, list[Any]] = self.page.evaluate("() => seen")
        return noted


@pytest.fixture
def app() -> Iterator[Server]:
    with serving(AppSite()) as server:
        yield server


@pytest.fixture
def service(app: Server) -> FakeService:
    return FakeService(app_origin=app.origin)


@pytest.fixture
def auth(service: FakeService) -> Iterator[Server]:
    """The service that the page trusts."""
    with serving(service) as server:
        service.origin = server.origin
        yield server


@pytest.fixture
def stranger(app: Server) -> Iterator[Server]:
    """A service that speaks the same protocol, and that the page does not trust."""
    impostor = FakeService(app_origin=app.origin)
    with serving(impostor) as server:
        impostor.origin = server.origin
        yield server


@pytest.fixture
def sdk(page: Page, authenticator: VirtualAuthenticator, app: Server, auth: Server) -> SdkPage:
    page.add_init_script(WITNESS)
    opened = SdkPage(page, [auth.origin])
    opened.open(app.origin)
    return opened


@pytest.fixture
def bound(sdk: SdkPage, service: FakeService) -> dict[str, Any]:
    """The passkey of a device that has just bound one."""
    answer = sdk.call("bindPasskey", service.binding_link())
    passkey: dict[str, Any] = answer["value"]["passkey"]
    return passkey
