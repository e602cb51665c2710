"""A person at a browser with a passkey device, and what they do on the demo's pages."""

from itertools import count

from playwright.sync_api import Locator, Page, expect

from tests.browser.demo.keybound_process import Keybound
from tests.support.chromium import VirtualAuthenticator

#: Counts the autofill offers that the page has made.
WITNESS = """
  window.offers = 0;
  if (navigator.credentials) {  // Chromium's own error pages have none
    const native = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (options) => {
      const answer = native(options);
      if (options.mediation === "conditional") window.offers += 1;
      return answer;
    };
  }
"""
_numbers = count(1)


class Person:
    """`faults` collects errors of scripts and refusals of the content security policy."""

    def __init__(self, page: Page, device: VirtualAuthenticator, keybound: Keybound) -> None:
        self.page = page
        self.device = device
        self.keybound = keybound
        self.username = f"ada-{next(_numbers)}"
        self.email = f"{self.username}@example.com"
        self.faults: list[str] = []
        page.add_init_script(WITNESS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda m: "Content Security" in m.text and self.faults.append(m.text))

    def open(self, path: str) -> None:
        self.page.goto(self.keybound.demo_url + path)

    def open_home(self) -> None:
        """Open the first page without touching what it offers in the field."""
        self.device.answer(at_once=False)
        self.open("/")
        self.page.wait_for_function("() => window.offers > 0")
        self.device.answer(at_once=True)

    def fill_sign_up(
        self, username: str = "", name: str = "Ada Example", *, email: str = "", by: str = ""
    ) -> None:
        """by: the label of the way to the first passkey, when it is not the one that is chosen."""
        self.open_home()
        form = self.page.locator("form[action='/sign-up']")
        form.get_by_label("Your name").fill(name)
        form.get_by_label("Username").fill(username or self.username)
        form.get_by_role("textbox", name="E-mail").fill(email)
        if by:
            form.get_by_label(by).check()
        form.get_by_role("button", name="Sign up").click()

    def sign_up(self) -> None:
        """Sign up and make the first passkey."""
        self.fill_sign_up()
        self.press("Create my passkey")
        self.sees("Your passkey is ready")

    def sign_in(self) -> None:
        """Sign in by redirect."""
        self.open("/sign-in/automatic")
        self.press("Continue with passkey")
        self.sees("Hello, Ada Example.")

    def ask_for_code(self, email: str = "") -> None:
        """Ask on the page for codes; it then waits for one."""
        self.open("/sign-in/code")
        self.page.get_by_label("E-mail").fill(email or self.email)
        self.press("Send me a code")
        expect(self.code_field()).to_be_focused()

    def code_field(self) -> Locator:
        return self.page.get_by_label("Code", exact=True)

    def type_code(self, code: str) -> None:
        self.code_field().fill(code)
        self.page.keyboard.press("Enter")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()

    def sees(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)

    def is_told(self, words: str) -> None:
        """Read the live status line."""
        expect(self.page.get_by_role("status")).to_contain_text(words)

    def session_cookie(self) -> str:
        cookies = self.page.context.cookies(self.keybound.demo_url)
        return str(next((c["value"] for c in cookies if c["name"] == "keybound_demo"), ""))
