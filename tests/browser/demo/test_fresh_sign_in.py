"""Adding a passkey needs one that was shown within five minutes (T54, T64).

The site runs in this process, with a clock that the tests move.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo.keybound_process import Keybound
from tests.browser.demo.own_site import OwnSite, own_site
from tests.browser.demo.person import Person
from tests.support.chromium import VirtualAuthenticator


@pytest.fixture
def site(keybound: Keybound) -> Iterator[OwnSite]:
    with own_site(keybound) as running:
        yield running


@pytest.fixture
def owner(page: Page, authenticator: VirtualAuthenticator, site: OwnSite) -> Person:
    """Somebody who signed in five minutes ago."""
    somebody = Person(page, authenticator, site.keybound)
    somebody.sign_up()
    somebody.sign_in()
    site.ahead_s = 300
    return somebody


@pytest.fixture
def somebody_else(browser: Browser, site: OwnSite) -> Iterator[Person]:
    """Another person, with a browser and a device of their own."""
    page = browser.new_page()
    person = Person(page, VirtualAuthenticator(page), site.keybound)
    person.sign_up()
    yield person
    page.context.close()


def ask_for_link(person: Person) -> int:
    """What the page's script does; returns the status."""
    token = person.page.locator("input[name=csrf_token]").get_attribute("value")
    answer = person.page.request.post(
        f"{person.keybound.demo_url}/passkey/link",
        headers={"X-CSRF-Token": token or "", "Accept": "application/json"},
    )
    return answer.status


def test_a_sign_in_is_fresh_for_less_than_five_minutes(owner: Person, site: OwnSite) -> None:
    site.ahead_s = 200
    assert ask_for_link(owner) == 200
    site.ahead_s = 300
    assert ask_for_link(owner) == 403


def test_a_stale_sign_in_is_confirmed_by_the_passkey_and_goes_on(
    owner: Person, site: OwnSite
) -> None:
    before = owner.session_cookie()
    owner.follow("Add another passkey")
    owner.sees("Is it still you")
    with owner.page.expect_request("**/authorize?*") as asked:
        owner.follow("Confirm with my passkey")
    assert "prompt=login" in asked.value.url
    assert "max_age=0" in asked.value.url
    site.ahead_s = 0  # what the new assertion says is judged by the same clock as it was made by
    owner.press("Continue with passkey")
    owner.sees("Another passkey")
    assert urlsplit(owner.page.url).path == "/passkey/new"
    assert owner.session_cookie() != before


def test_a_confirmation_that_is_itself_old_is_none(owner: Person, site: OwnSite) -> None:
    owner.open("/sign-in/confirm")
    owner.press("Continue with passkey")  # made now, by a service five minutes behind this site
    owner.sees("This sign-in could not be completed")
    owner.open("/passkey/new")
    owner.sees("Is it still you")
    assert ask_for_link(owner) == 403


def test_a_confirmation_with_somebody_elses_passkey_adds_nothing(
    owner: Person, somebody_else: Person, site: OwnSite
) -> None:
    owner.page.bring_to_front()
    owner.open("/sign-in/confirm")
    owner.device.clear()
    for credential in somebody_else.device.credentials():
        owner.device.add(credential)
    site.ahead_s = 0
    owner.press("Continue with passkey")
    owner.sees("That passkey belongs to another account")
    site.ahead_s = 300
    owner.open("/account")
    expect(owner.page.get_by_role("table")).to_contain_text(owner.username)
    assert ask_for_link(owner) == 403


def test_a_code_makes_a_first_passkey_for_ten_minutes_and_then_another_is_asked_for(
    page: Page, authenticator: VirtualAuthenticator, site: OwnSite
) -> None:
    person = Person(page, authenticator, site.keybound)
    person.fill_sign_up(email=person.email)
    person.sees("Welcome")
    person.page.context.clear_cookies()
    person.ask_for_code()
    person.type_code(site.keybound.code_to(person.email, 1))
    person.follow("Make a passkey")
    person.sees("Your first passkey")
    site.ahead_s = 600
    person.press("Create my passkey")
    person.is_told("Please confirm that it is you.")
    person.open("/passkey/new")
    person.sees("Is it still you")
    person.follow("Sign in with a code by e-mail")
    person.sees("Sign in with a code")


def test_a_sign_up_that_was_left_alone_gives_no_link(
    page: Page, authenticator: VirtualAuthenticator, site: OwnSite
) -> None:
    person = Person(page, authenticator, site.keybound)
    person.fill_sign_up()
    person.sees("Welcome")
    site.ahead_s = 900
    person.press("Create my passkey")
    person.is_told("Sign in first.")
