"""What people do on the demo, in a real browser against the whole product."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.demo.person import Person


def test_a_stranger_signs_up_binds_a_passkey_and_signs_in_by_redirect(person: Person) -> None:
    person.fill_sign_up()
    person.sees("Welcome, Ada Example")
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    person.follow("Sign in")
    expect(person.page.locator("#application")).to_have_text("Harbour")
    person.press("Continue with passkey")
    person.sees("Hello, Ada Example.")
    assert urlsplit(person.page.url).path == "/account"


def test_the_account_page_shows_the_claims_of_the_id_token(person: Person) -> None:
    person.sign_up()
    person.sign_in()
    identity_id = person.keybound.identity_of(person.username)
    table = person.page.get_by_role("table")
    for claim, value in (
        ("sub", identity_id),
        ("preferred_username", person.username),
        ("iss", person.keybound.auth_url),
    ):
        expect(table.get_by_role("row").filter(has_text=claim).first).to_contain_text(value)


def test_manual_invocation_signs_in_without_leaving_the_page(person: Person) -> None:
    person.sign_up()
    person.open_home()
    visited: list[str] = []
    person.page.on("framenavigated", lambda frame: visited.append(urlsplit(frame.url).path))
    person.page.get_by_role("radio", name="Manual").check()
    person.press("Sign in with a passkey")
    person.sees("Hello, Ada Example.")
    assert visited == ["/account"]
    issuer = person.page.get_by_role("row").filter(has_text="iss").first
    configs = person.keybound.manage("GET", "/applications")["applications"]
    manual = next(a["id"] for a in configs if "manual" in a["display_name"])
    expect(issuer).to_contain_text(manual)


def test_autofill_signs_in_without_a_button(person: Person) -> None:
    person.sign_up()
    person.device.answer(at_once=True)
    person.open("/")
    person.sees("Hello, Ada Example.")


def test_somebody_who_just_signed_in_adds_a_second_passkey(person: Person) -> None:
    person.sign_up()
    person.sign_in()
    person.device.clear()  # from here on it is another device
    person.follow("Add another passkey")
    person.page.get_by_label("Name of this passkey").fill("My other device")
    person.press("Create my passkey")
    person.page.wait_for_url("**/account#passkeys")
    expect(person.page.locator(".passkeys li")).to_have_count(2)
    expect(person.page.locator(".passkeys")).to_contain_text("My other device")
    person.press("Sign out")
    person.sign_in()  # with the second one, the only one of this device


def test_one_device_is_told_that_it_has_a_passkey_already(person: Person) -> None:
    person.sign_up()
    person.sign_in()
    person.open("/passkey/new")
    person.press("Create my passkey")
    person.is_told("This device already has a passkey for this account.")
    identity_id = person.keybound.identity_of(person.username)
    found = person.keybound.manage("GET", f"/identities/{identity_id}/credentials")
    assert len(found["credentials"]) == 1


def test_signing_out_ends_the_session_on_the_server(person: Person) -> None:
    person.sign_up()
    person.sign_in()
    kept = person.page.context.cookies()
    person.press("Sign out")
    expect(person.page.get_by_role("heading", name="Sign in")).to_be_visible()
    person.page.context.add_cookies(kept)  # a copy that somebody made before
    person.open("/account")
    assert urlsplit(person.page.url).path == "/"


def test_the_whole_way_can_be_gone_by_keyboard_alone(person: Person) -> None:
    press = person.page.keyboard.press
    person.open_home()
    person.page.get_by_label("Your name").focus()
    person.page.keyboard.type("Ada Example")
    press("Tab")
    person.page.keyboard.type(person.username)
    press("Enter")
    person.sees("Welcome, Ada Example")
    tab_to(person, "Create my passkey")
    press("Enter")
    person.sees("Your passkey is ready")
    tab_to(person, "Sign in")
    press("Enter")
    person.sees("Continue with your passkey")
    tab_to(person, "Continue with passkey")
    press("Space")
    person.sees("Hello, Ada Example.")
    tab_to(person, "Sign out")
    press("Enter")
    expect(person.page.get_by_role("heading", name="Sign in")).to_be_visible()


def tab_to(person: Person, name: str) -> None:
    """Go there with the Tab key; what has the focus must be seen to have it."""
    in_button = person.page.get_by_role("button", name=name, exact=True)
    # A page may enable what it offers only when its script ran, and Tab passes by what is not.
    expect(in_button.or_(person.page.get_by_role("link", name=name, exact=True))).to_be_enabled()
    for _ in range(20):
        person.page.keyboard.press("Tab")
        text, outline = person.page.evaluate(
            """() => [document.activeElement.textContent.trim(),
                      getComputedStyle(document.activeElement).outlineStyle]"""
        )
        if text == name:
            assert outline == "solid"
            return
    raise AssertionError(f"Tab does not reach {name!r}")
