"""Every page on a small and on a large screen, by day and by night."""

import pytest
from playwright.sync_api import Page

from tests.browser.demo.person import Person

WIDTHS = (360, 1200)
#: WCAG 2.2, 1.4.3: 4.5 to 1 for text.
CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const pair = [light(getComputedStyle(element).color), light(ground(element))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) poor.push(`${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""
UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), button, a")]
  .filter((e) => !(e.labels?.length || e.textContent.trim())).map((e) => e.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_can_be_read_and_name_their_controls(person: Person, scheme: str) -> None:
    page = person.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    person.open_home()
    looks_right(page)
    person.fill_sign_up(username="x" * 64)
    looks_right(page)
    person.fill_sign_up(username="x" * 64)
    looks_right(page)
    person.fill_sign_up()
    looks_right(page)
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    looks_right(page)
    person.open("/bind")
    looks_right(page)
    person.open("/sign-in/code")
    looks_right(page)
    person.open("/sign-in/automatic")
    looks_right(page)
    person.press("Continue with passkey")
    person.sees("Hello")
    looks_right(page)
    person.open("/passkey/new")
    looks_right(page)
    person.open("/callback")
    looks_right(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_mail_and_codes_do_too(person: Person, scheme: str) -> None:
    page = person.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    person.fill_sign_up(by="Send me a link by e-mail")
    looks_right(page)
    person.fill_sign_up(email=f"{'x' * 40}.{person.email}", by="Send me a link by e-mail")
    person.press("Send another link")
    person.is_told("Another link")
    looks_right(page)
    person.ask_for_code(f"{'x' * 40}.{person.email}")
    looks_right(page)
    with person.keybound.clock_moved(-300):  # at once, however long the machine takes
        person.press("Send another code")
        person.is_told("Wait half a minute")
    looks_right(page)
    page.goto(person.keybound.mailbox_url)
    looks_right(page)


def looks_right(page: Page) -> None:
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == 1
    assert page.evaluate(UNLABELLED) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert page.evaluate(CONTRAST) == []
