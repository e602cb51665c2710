"""Signing in by a code that came by mail, what goes wrong with codes, and the passkey after one."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.demo.person import Person

RESEND_AFTER_S = 30
#: What is asked for again "at once" is so however long the machine takes between two steps.
SLOW_MACHINE_S = 300
CODE_LIVES_S = 600
TRIES = 5


def sign_up_without_passkey(person: Person) -> None:
    """Sign up with an address and leave it at that."""
    person.fill_sign_up(email=person.email)
    person.sees("Welcome, Ada Example")
    person.page.context.clear_cookies()


def wrong(code: str, number: int = 1) -> str:
    return f"{(int(code) + number) % 10**6:06d}"


def test_by_code_to_signed_in_and_to_a_passkey(person: Person) -> None:
    sign_up_without_passkey(person)
    person.open_home()
    person.follow("Sign in with a code by e-mail")
    expect(person.page.get_by_label("E-mail")).to_be_focused()
    visited: list[str] = []
    person.page.on("framenavigated", lambda frame: visited.append(frame.url))
    person.page.get_by_label("E-mail").fill(person.email)
    person.press("Send me a code")
    expect(person.page.get_by_role("link", name="read it in the mailbox")).to_have_attribute(
        "href", person.keybound.mailbox_url
    )
    person.type_code(person.keybound.code_to(person.email, 1))
    person.sees("Hello, Ada Example.")
    assert [urlsplit(url).path for url in visited] == ["/account"]
    rows = person.page.get_by_role("row")
    expect(rows.filter(has_text="amr")).to_contain_text("otp")
    expect(rows.filter(has_text="email_verified")).to_contain_text("yes")
    expect(person.page.get_by_role("main")).to_contain_text("You have none yet.")
    person.follow("Make a passkey")
    person.sees("Your first passkey")
    person.page.get_by_label("Name of this passkey").fill("My phone")
    person.press("Create my passkey")
    person.page.wait_for_url("**/account#passkeys")
    expect(person.page.locator(".passkeys li")).to_have_count(1)
    expect(person.page.locator(".passkeys")).to_contain_text("My phone")
    person.press("Sign out")
    expect(person.page.get_by_role("heading", name="Sign up")).to_be_visible()
    person.sign_in()


def test_a_prompt_that_was_cancelled_after_a_code_can_be_tried_again(person: Person) -> None:
    """The token makes one link, so the link has to last."""
    sign_up_without_passkey(person)
    person.ask_for_code()
    person.type_code(person.keybound.code_to(person.email, 1))
    person.follow("Make a passkey")
    person.device.verify_user(False)
    person.press("Create my passkey")
    person.is_told("No passkey was made")
    person.device.verify_user(True)
    person.press("Create my passkey")
    person.page.wait_for_url("**/account#passkeys")
    identity_id = person.keybound.identity_of(person.username)
    assert [job["state"] for job in person.keybound.jobs_of(identity_id)] == ["COMPLETE"]


def test_a_code_adds_no_passkey_to_those_that_are_there(person: Person) -> None:
    """A mailbox alone must not let an intruder stay (T54, T64)."""
    person.fill_sign_up(email=person.email)
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    person.ask_for_code()
    person.type_code(person.keybound.code_to(person.email, 1))
    person.sees("Hello, Ada Example.")
    person.follow("Add another passkey")
    person.sees("Is it still you")
    expect(person.page.get_by_role("main")).to_contain_text("a code by mail is not enough")
    person.follow("Confirm with my passkey")
    person.press("Use a code by e-mail instead")
    person.page.get_by_label("E-mail").fill(person.email)
    person.press("Send me a code")
    person.type_code(person.keybound.code_to(person.email, 2))
    person.sees("A code is not enough here")
    person.follow("Try again")
    person.follow("Confirm with my passkey")
    person.press("Continue with passkey")
    person.sees("Another passkey")
    person.device.clear()
    person.press("Create my passkey")
    person.page.wait_for_url("**/account#passkeys")
    expect(person.page.locator(".passkeys li")).to_have_count(2)


def test_the_page_of_a_redirect_takes_codes_too(person: Person) -> None:
    sign_up_without_passkey(person)
    person.open("/sign-in/automatic")
    person.press("Use a code by e-mail instead")
    person.sees("Continue with a code")
    expect(person.page.get_by_label("E-mail")).to_be_focused()
    expect(person.page.get_by_role("button", name="Continue with passkey")).to_be_hidden()
    person.page.get_by_label("E-mail").fill(person.email)
    person.press("Send me a code")
    person.type_code(person.keybound.code_to(person.email, 1))
    person.sees("Hello, Ada Example.")


def test_a_wrong_code_is_said_to_be_and_another_try_is_left(person: Person) -> None:
    sign_up_without_passkey(person)
    person.ask_for_code()
    code = person.keybound.code_to(person.email, 1)
    person.type_code("12345")
    person.is_told("A code has six digits.")
    person.type_code(wrong(code))
    person.is_told("That is not the code.")
    expect(person.code_field()).to_be_focused()
    expect(person.code_field()).to_have_attribute("aria-invalid", "true")
    person.type_code(f"{code[:3]} {code[3:]}")
    person.sees("Hello, Ada Example.")


def test_a_code_that_was_tried_too_often_is_used_up_and_another_one_works(person: Person) -> None:
    sign_up_without_passkey(person)
    person.ask_for_code()
    code = person.keybound.code_to(person.email, 1)
    for number in range(1, TRIES + 1):
        with person.page.expect_response("**/otp/redeem"):
            person.type_code(wrong(code, number))
        person.is_told("That is not the code.")
    person.type_code(code)
    person.is_told("This code cannot be used any more")
    expect(person.page.get_by_role("button", name="Send another code")).to_be_focused()
    person.page.keyboard.press("Enter")
    person.is_told("Another code is on its way.")
    expect(person.code_field()).to_be_focused()
    person.type_code(person.keybound.code_to(person.email, 2))
    person.sees("Hello, Ada Example.")


def test_another_code_has_to_wait_and_then_voids_the_one_before(person: Person) -> None:
    sign_up_without_passkey(person)
    person.ask_for_code()
    first = person.keybound.code_to(person.email, 1)
    with person.keybound.clock_moved(-SLOW_MACHINE_S):
        person.press("Send another code")
        person.is_told("Wait half a minute")
    with person.keybound.clock_moved(RESEND_AFTER_S):
        person.press("Send another code")
        person.is_told("Another code is on its way.")
    second = person.keybound.code_to(person.email, 2)
    if first != second:  # one time in a million they are equal
        person.type_code(first)
        person.is_told("That is not the code.")
    person.type_code(second)
    person.sees("Hello, Ada Example.")


def test_a_code_that_has_expired_is_replaced_by_another(person: Person) -> None:
    sign_up_without_passkey(person)
    person.ask_for_code()
    code = person.keybound.code_to(person.email, 1)
    with person.keybound.clock_moved(CODE_LIVES_S):
        person.type_code(code)
        person.is_told("This code cannot be used any more: it has expired")
    person.press("Send another code")
    person.is_told("Another code is on its way.")
    person.type_code(person.keybound.code_to(person.email, 2))
    person.sees("Hello, Ada Example.")


def test_nobody_learns_who_is_known_by_an_address(person: Person) -> None:
    sign_up_without_passkey(person)
    seen = []
    for address in (person.email, "nobody@example.com"):
        person.ask_for_code(address)
        seen.append(person.page.get_by_role("main").inner_text().replace(address, "…"))
    assert seen[0] == seen[1]
    assert person.keybound.mails_to("nobody@example.com") == []


def test_what_is_no_address_is_said_to_be_none(person: Person) -> None:
    person.open("/sign-in/code")
    for typed, told in (
        ("", "Please type your e-mail address."),
        ("ada", "Please type your e-mail address."),
        ("ada@localhost", "No mail can be sent to this address."),
    ):
        person.page.get_by_label("E-mail").fill(typed)
        person.press("Send me a code")
        person.is_told(told)
        expect(person.page.get_by_label("E-mail")).to_be_focused()


def test_the_way_by_code_can_be_gone_by_keyboard_alone(person: Person) -> None:
    sign_up_without_passkey(person)
    person.open("/sign-in/code")
    expect(person.page.get_by_label("E-mail")).to_be_focused()
    person.page.keyboard.type(person.email)
    person.page.keyboard.press("Enter")
    expect(person.code_field()).to_be_focused()
    for _ in range(3):  # past "Sign in" and "Send another code"
        person.page.keyboard.press("Tab")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_label("E-mail")).to_be_focused()
    with person.keybound.clock_moved(-SLOW_MACHINE_S):
        person.page.keyboard.press("Enter")
        person.is_told("Wait half a minute")


def test_neither_code_nor_token_stays_in_the_browser_or_in_the_log(person: Person) -> None:
    sign_up_without_passkey(person)
    addresses: list[str] = []
    person.page.on("request", lambda request: addresses.append(request.url))
    person.ask_for_code()
    code = person.keybound.code_to(person.email, 1)
    with person.page.expect_request("**/sign-in/code/token") as kept_by_the_back_end:
        person.type_code(code)
    person.sees("Hello, Ada Example.")
    form = parse_qs(kept_by_the_back_end.value.post_data or "")
    (token,) = form["passkey_binding_token"]
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    kept = [person.page.evaluate(stored), person.page.content(), *person.keybound.output]
    assert not [text for text in [*kept, *addresses] if token in text]
    assert not [text for text in [*person.keybound.output, *addresses] if person.email in text]
    assert not [url for url in addresses if code in url]
