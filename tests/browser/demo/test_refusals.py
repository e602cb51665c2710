"""What goes wrong for people, and the words they read then."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.demo.person import Person

REQUEST_LIVES_S = 300
WEEK_S = 7 * 24 * 3600


def test_a_taken_username_leads_to_sign_in_and_never_to_its_identity(person: Person) -> None:
    person.sign_up()
    identity_id = person.keybound.identity_of(person.username)
    person.page.context.clear_cookies()
    person.fill_sign_up(person.username.upper(), name="Mallory")
    alert = person.page.get_by_role("alert")
    expect(alert).to_contain_text("That name is taken.")
    person.open("/passkey/new")
    person.sees("Sign in first")
    assert [job["state"] for job in person.keybound.jobs_of(identity_id)] == ["COMPLETE"]


def test_a_cancelled_passkey_can_be_made_in_the_same_browser_without_a_name(
    person: Person,
) -> None:
    person.fill_sign_up()
    person.device.verify_user(False)
    person.press("Create my passkey")
    person.is_told("No passkey was made")
    person.device.verify_user(True)
    person.open("/passkey/new")  # even after leaving the page
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    identity_id = person.keybound.identity_of(person.username)
    states = sorted(job["state"] for job in person.keybound.jobs_of(identity_id))
    assert states == ["COMPLETE", "REVOKED"]  # one open link at a time


def test_a_sign_up_gives_one_passkey_and_then_asks_to_sign_in(person: Person) -> None:
    """T54: after the first passkey, another needs a fresh sign-in, not the sign-up's session."""
    person.fill_sign_up()
    other_tab = person.page.context.new_page()
    other_tab.goto(f"{person.keybound.demo_url}/passkey/new")
    person.page.bring_to_front()
    person.page.route("**/passkey/created", lambda route: route.abort())  # nobody says "done"
    with person.page.expect_event("requestfailed", lambda r: r.url.endswith("/passkey/created")):
        person.press("Create my passkey")
    other_tab.get_by_role("button", name="Create my passkey").click()
    expect(other_tab.get_by_role("status")).to_contain_text("Sign in first.")


def test_a_cancelled_sign_in_can_be_tried_again(person: Person) -> None:
    person.sign_up()
    person.open("/sign-in/automatic")
    person.device.verify_user(False)
    person.press("Continue with passkey")
    person.is_told("No passkey was used.")
    person.device.verify_user(True)
    person.press("Continue with passkey")
    person.sees("Hello, Ada Example.")


def test_going_back_from_a_sign_in_tells_the_application(person: Person) -> None:
    person.open("/sign-in/automatic")
    person.press("Go back without signing in")
    person.sees("You stopped the sign-in")
    person.follow("Back to sign-in")
    expect(person.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_sign_in_that_took_too_long_leaves_one_way_on(person: Person) -> None:
    person.sign_up()
    person.open("/sign-in/automatic")
    expect(person.page.get_by_role("button", name="Continue with passkey")).to_be_enabled()
    person.keybound.advance_clock(REQUEST_LIVES_S + 1)
    try:
        person.press("Continue with passkey")
        person.is_told("This took too long, or it was done already.")
    finally:
        person.keybound.advance_clock(-REQUEST_LIVES_S - 1)
    expect(person.page.get_by_role("button", name="Continue with passkey")).to_be_hidden()
    expect(person.page.get_by_role("button", name="Back to sign-in")).to_be_focused()


def test_a_device_without_a_passkey_is_told_so(person: Person) -> None:
    person.open_home()
    person.page.get_by_role("radio", name="Manual").check()
    person.press("Sign in with a passkey")
    person.is_told("this device has no passkey for this site")


def test_a_mailed_link_binds_a_passkey_and_its_token_leaves_the_address_bar(
    person: Person,
) -> None:
    person.fill_sign_up()
    _, link = person.keybound.link_for(person.keybound.identity_of(person.username))
    person.page.context.clear_cookies()
    person.page.goto(link)
    person.sees("Create a passkey")
    assert person.page.url == f"{person.keybound.demo_url}/bind"
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    person.sign_in()


def test_a_link_for_somebody_else_does_not_end_in_the_account_of_who_is_signed_in(
    person: Person,
) -> None:
    person.sign_up()
    person.sign_in()
    body = {
        "display_name": "Bo",
        "traits": {"type": "traits_v0", "username": f"{person.username}b"},
    }
    identity_id = person.keybound.manage("POST", "/identities", {"identity": body})["id"]
    _, link = person.keybound.link_for(identity_id)
    person.page.goto(link)
    person.press("Create my passkey")
    person.sees("Your passkey is ready")
    expect(person.page.get_by_role("main")).to_contain_text("signed in here as Ada Example")


def test_an_expired_link_says_so(person: Person) -> None:
    person.fill_sign_up()
    _, link = person.keybound.link_for(person.keybound.identity_of(person.username))
    person.page.goto(link)
    person.keybound.advance_clock(WEEK_S + 1)
    try:
        person.press("Create my passkey")
        person.is_told("This link has expired or was used before.")
    finally:
        person.keybound.advance_clock(-WEEK_S - 1)


def test_a_revoked_link_says_so(person: Person) -> None:
    person.fill_sign_up()
    identity_id = person.keybound.identity_of(person.username)
    job_id, link = person.keybound.link_for(identity_id)
    person.page.goto(link)
    path = f"/identities/{identity_id}/credential-binding-jobs/{job_id}:revoke"
    person.keybound.manage("POST", path, {})
    person.press("Create my passkey")
    person.is_told("This link has expired or was used before.")


def test_half_a_link_is_no_link(person: Person) -> None:
    person.open("/bind?token=abc")
    person.is_told("This page needs the link you were sent.")
    assert urlsplit(person.page.url).query == ""


def test_the_request_of_another_place_is_not_answered(person: Person) -> None:
    person.open("/bi-authenticate?request=eyJhbGciOiJIUzI1NiJ9.e30.AAAA")
    person.is_told("not valid any more")
    expect(person.page.get_by_role("button", name="Continue with passkey")).to_be_hidden()


def test_a_service_out_of_reach_is_said_to_be(person: Person) -> None:
    person.fill_sign_up()
    person.page.route(f"{person.keybound.auth_url}/**", lambda route: route.abort())
    person.press("Create my passkey")
    person.is_told("The passkey service cannot be reached.")
    person.page.unroute_all()
    person.press("Create my passkey")
    person.sees("Your passkey is ready")


def test_a_removed_passkey_is_not_accepted_and_nobody_learns_why(person: Person) -> None:
    person.sign_up()
    path = f"/identities/{person.keybound.identity_of(person.username)}/credentials"
    credential = person.keybound.manage("GET", path)["credentials"][0]
    person.keybound.manage("POST", f"{path}/{credential['id']}:revoke", {})
    person.open("/sign-in/automatic")
    person.press("Continue with passkey")
    person.is_told("This passkey was not accepted.")
    assert len(person.device.credentials()) == 1  # never erased on a refusal
