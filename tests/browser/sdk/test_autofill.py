"""authenticateWithAutofill: conditional mediation that outlives its requests."""

import base64
import json
from typing import Any

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import FakeService
from tests.browser.sdk.loopback import Server
from tests.support.chromium import VirtualAuthenticator


def request_of(url: str) -> str:
    return url.partition("request=")[2]


def challenge_signed(body: dict[str, Any]) -> str:
    data = body["credential"]["response"]["clientDataJSON"]
    challenge: str = json.loads(base64.urlsafe_b64decode(data + "=="))["challenge"]
    return challenge


def set_hidden(sdk: SdkPage, hidden: bool) -> None:
    sdk.page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_passkey_chosen_in_autofill_signs_in(
    sdk: SdkPage, service: FakeService, auth: Server, bound: dict[str, Any]
) -> None:
    url = service.authenticate_url()
    sdk.start_autofill("offer", [url])
    answer = sdk.result("offer")["value"]
    assert answer["redirectUrl"] == f"{service.app_origin}/cb?code=abc&state=xyz"
    assert answer["passkey"] == bound
    assert sdk.seen["ceremonies"][-1]["mediation"] == "conditional"
    assert auth.posts("/authenticate")[0].json["request"] == request_of(url)


def test_an_offer_that_outlives_its_request_goes_on_with_a_fresh_one(
    sdk: SdkPage,
    service: FakeService,
    auth: Server,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    authenticator.answer(at_once=False)
    sdk.page.clock.install()
    urls = [service.authenticate_url() for _ in range(2)]
    sdk.start_autofill("offer", urls)
    sdk.wait_for_ceremonies(2)
    sdk.page.clock.fast_forward("03:30")
    assert sdk.page.evaluate("() => supplied") == 1, "asked again though the request still lives"
    authenticator.answer(at_once=True)
    sdk.page.clock.fast_forward("01:00")
    assert "value" in sdk.result("offer")
    assert sdk.page.evaluate("() => supplied") == 2
    posted = auth.posts("/authenticate")[0].json
    assert posted["request"] == request_of(urls[1])
    assert (
        challenge_signed(posted) in base64.urlsafe_b64decode(urls[1].split(".")[1] + "==").decode()
    )


def test_a_hidden_page_asks_for_no_fresh_request_until_it_is_looked_at(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], authenticator: VirtualAuthenticator
) -> None:
    authenticator.answer(at_once=False)
    sdk.page.clock.install()
    sdk.start_autofill("offer", [service.authenticate_url() for _ in range(2)])
    sdk.wait_for_ceremonies(2)
    set_hidden(sdk, True)
    sdk.page.clock.fast_forward("04:30")
    assert sdk.page.evaluate("() => supplied") == 1
    set_hidden(sdk, False)
    sdk.wait_for_ceremonies(3)
    assert sdk.page.evaluate("() => supplied") == 2
    sdk.page.evaluate("() => sdk.cancel()")
    assert sdk.result("offer")["error"]["type"] == "CeremonyAborted"


def test_requests_that_live_too_short_do_not_make_the_offer_hammer_the_service(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], authenticator: VirtualAuthenticator
) -> None:
    authenticator.answer(at_once=False)
    sdk.page.clock.install()
    now = sdk.page.evaluate("() => Math.floor(Date.now() / 1000)")
    sdk.start_autofill("offer", [service.authenticate_url(iat=now, exp=now)])
    sdk.wait_for_ceremonies(2)
    sdk.page.clock.run_for(9_000)
    set_hidden(sdk, False)  # people switch tabs: each time the offer looks at the clock
    assert sdk.page.evaluate("() => supplied") == 1


def test_a_prompt_ends_the_pending_offer_and_both_settle(
    sdk: SdkPage,
    service: FakeService,
    auth: Server,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    authenticator.answer(at_once=False)
    sdk.start_autofill("offer", [service.authenticate_url()])
    sdk.wait_for_ceremonies(2)
    authenticator.answer(at_once=True)
    url = service.authenticate_url()
    sdk.start("button", "authenticate", url)
    assert sdk.result("offer")["error"]["type"] == "CeremonyAborted"
    assert "value" in sdk.result("button")
    assert [post.json["request"] for post in auth.posts("/authenticate")] == [request_of(url)]


def test_an_offer_never_takes_the_turn_of_a_prompt(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], authenticator: VirtualAuthenticator
) -> None:
    authenticator.answer(at_once=False)
    sdk.start("button", "authenticate", service.authenticate_url())
    sdk.wait_for_ceremonies(2)
    sdk.start_autofill("offer", [service.authenticate_url()])
    assert sdk.result("offer")["error"]["type"] == "CeremonyAborted"
    assert sdk.page.evaluate("() => [supplied, 'button' in results]") == [0, False]
    sdk.page.evaluate("() => sdk.cancel()")
    assert sdk.result("button")["error"]["type"] == "CeremonyAborted"


def test_a_second_offer_takes_the_place_of_the_first(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], authenticator: VirtualAuthenticator
) -> None:
    authenticator.answer(at_once=False)
    sdk.start_autofill("first", [service.authenticate_url()])
    sdk.wait_for_ceremonies(2)
    authenticator.answer(at_once=True)
    sdk.start_autofill("second", [service.authenticate_url()])
    assert sdk.result("first")["error"]["type"] == "CeremonyAborted"
    assert "value" in sdk.result("second")


def test_cancelling_ends_an_offer_whose_supply_never_answers(sdk: SdkPage) -> None:
    sdk.page.evaluate(
        """() => {
          window.asked = new Promise((asked) => {
            const supply = ({ signal }) => {
              window.signal = signal;
              asked();
              return new Promise(() => {});
            };
            start("offer", sdk.authenticateWithAutofill(supply));
          });
        }"""
    )
    sdk.page.evaluate("() => asked")
    sdk.page.evaluate("() => sdk.cancel()")
    assert sdk.result("offer")["error"]["type"] == "CeremonyAborted"
    assert sdk.page.evaluate("() => signal.aborted") is True


def test_an_offer_supplied_with_a_strangers_request_starts_no_ceremony(
    sdk: SdkPage, service: FakeService, stranger: Server, bound: dict[str, Any]
) -> None:
    forged = stranger.site.authenticate_url()  # type: ignore[attr-defined]
    sdk.start_autofill("offer", [forged])
    assert sdk.result("offer")["error"]["type"] == "InvalidUrl"
    assert len(sdk.seen["ceremonies"]) == 1
    assert stranger.requests == []


def test_after_an_offer_has_failed_the_next_ceremony_has_its_turn(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    sdk.page.evaluate(
        """() => { start("offer", sdk.authenticateWithAutofill(() => {
          throw new Error("the page's own");
        })); }"""
    )
    assert sdk.result("offer")["error"]["message"] == "the page's own"
    assert "value" in sdk.call("authenticate", service.authenticate_url())
