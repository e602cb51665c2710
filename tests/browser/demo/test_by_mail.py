"""A link by mail, from the sign-up form over the mailbox to a person who is signed in."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo.keybound_process import Keybound
from tests.browser.demo.person import Person
from tests.support.chromium import VirtualAuthenticator

BY_MAIL = "Send me a link by e-mail"


def sign_up_by_mail(person: Person) -> None:
    person.fill_sign_up(email=person.email, by=BY_MAIL)
    person.sees("Look into your mail, Ada Example")


def on_page(person: Person, page: Page) -> Person:
    """The same person with the same account, at another page and its device."""
    there = Person(page, VirtualAuthenticator(page), person.keybound)
    there.username, there.email = person.username, person.email
    return there


def test_from_the_sign_up_form_over_the_mailbox_to_signed_in(person: Person) -> None:
    sign_up_by_mail(person)
    expect(person.page.get_by_role("main")).to_contain_text(person.email)
    with person.page.expect_popup() as mailbox:
        person.follow("read it in the mailbox")
    mail = mailbox.value.get_by_role("article").filter(has_text=person.email)
    expect(mail.get_by_role("heading")).to_have_text("Create your passkey for Demo")
    with mailbox.value.expect_popup() as opened:
        mail.frame_locator("iframe").get_by_role("link", name="Create a passkey").click()
    there = on_page(person, opened.value)
    there.sees("Create a passkey")
    expect(there.page).to_have_url(f"{person.keybound.demo_url}/bind")  # no token in the address
    there.press("Create my passkey")
    there.sees("Your passkey is ready")
    mailbox.value.get_by_role("link", name="Look again").click()
    expect(mail.first.get_by_role("heading")).to_contain_text("A passkey was added")
    there.page.bring_to_front()
    there.follow("Sign in")
    there.press("Continue with passkey")
    there.sees("Hello, Ada Example.")
    proven = there.page.get_by_role("row").filter(has_text="email_verified")
    expect(proven).to_contain_text("yes")
    assert there.faults == []


def test_a_link_by_mail_needs_an_address(person: Person) -> None:
    person.fill_sign_up(by=BY_MAIL)
    expect(person.page.get_by_role("alert")).to_be_focused()
    form = person.page.locator("form[action='/sign-up']")
    address = form.get_by_role("textbox", name="E-mail")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(form).to_contain_text("Where shall the link go?")
    expect(form.get_by_label(BY_MAIL)).to_be_checked()
    address.fill(person.email)
    form.get_by_role("button", name="Sign up").click()
    person.sees("Look into your mail")


def test_an_address_that_no_mail_can_reach_leaves_the_passkey_of_this_device(
    person: Person,
) -> None:
    person.fill_sign_up(email="ada@localhost", by=BY_MAIL)
    person.sees("No mail can reach that address")
    person.follow("Make the passkey here")
    person.press("Create my passkey")
    person.sees("Your passkey is ready")


def test_another_link_voids_the_one_before_and_so_does_a_passkey_made_here(
    person: Person,
) -> None:
    sign_up_by_mail(person)
    person.press("Send another link")
    person.is_told("The one before works no longer.")
    person.page.goto(person.keybound.link_to(person.email, 1))
    person.sees("This link has ended")
    person.open("/sign-up/mail")
    person.follow("Make the passkey on this device instead")
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    person.page.goto(person.keybound.link_to(person.email, 2))
    person.sees("This link has ended")


def test_a_mailed_link_of_somebody_who_has_a_passkey_by_now_says_what_to_do(
    person: Person,
) -> None:
    """The page was open when another link made the first passkey (T54)."""
    sign_up_by_mail(person)
    person.page.goto(person.keybound.link_to(person.email))
    _, other = person.keybound.link_for(person.keybound.identity_of(person.username))
    there = on_page(person, person.page.context.new_page())
    there.page.goto(other)
    there.press("Create my passkey")
    there.sees("Your passkey is ready")
    person.page.bring_to_front()
    person.press("Create my passkey")
    person.is_told("This account has a passkey by now")


@pytest.mark.parametrize("path", ["/sign-up/mail", "/passkey/new"])
def test_another_browser_has_no_part_in_an_open_sign_up(
    person: Person, browser: Browser, path: str
) -> None:
    sign_up_by_mail(person)
    stranger = browser.new_page()
    stranger.goto(person.keybound.demo_url + path)
    expect(stranger.get_by_role("main")).not_to_contain_text(person.email)
    expect(stranger.get_by_role("link", name="Back to the first page")).to_have_count(
        1 if path == "/sign-up/mail" else 0
    )
    stranger.context.close()


@pytest.mark.parametrize(
    ("what", "title"),
    [
        ("expired", "This link has ended"),
        ("spent", "This link has ended"),
        ("unknown", "This link does not work"),
    ],
)
def test_a_link_that_does_not_work_says_what_to_do(person: Person, what: str, title: str) -> None:
    """And nothing of whose it is."""
    sign_up_by_mail(person)
    link = person.keybound.link_to(person.email)
    week_s = 7 * 24 * 3600
    if what == "spent":
        person.page.goto(link)
        person.press("Create my passkey")
        person.sees("Your passkey is ready")
    with person.keybound.clock_moved(week_s + 1 if what == "expired" else 0):
        person.page.goto(link if what != "unknown" else f"{link}x")
    person.sees(title)
    shown = person.page.get_by_role("main")
    expect(shown).to_contain_text("sk for a new link where you got this one")
    for secret in (person.username, person.email, "Ada Example"):
        expect(shown).not_to_contain_text(secret)
    for width in (360, 1200):
        person.page.set_viewport_size({"width": width, "height": 800})
        assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_address_and_no_token_reaches_the_log(person: Person, keybound: Keybound) -> None:
    sign_up_by_mail(person)
    link = keybound.link_to(person.email)
    person.page.goto(link)
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    token = link.partition("token=")[2]
    logged = "".join(keybound.output)
    assert urlsplit(link).path.split("/")[-1].split(":")[0] in logged  # it is the right log
    assert token not in logged
    assert person.email not in logged
