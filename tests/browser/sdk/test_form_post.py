"""response_mode=form_post: the browser posts the answer to the client, under Trusted Types."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import FakeService
from tests.browser.sdk.loopback import Server

VALUES = {"code": "a+b/c=", "state": 's \u00e9"<b>&', "iss": "https://auth.example.com/x"}


def test_follow_posts_a_form_to_the_client(
    sdk: SdkPage, service: FakeService, app: Server, bound: dict[str, Any]
) -> None:
    action = f"{app.origin}/cb?tab=1"
    service.form_post = {"action": action, "parameters": VALUES}
    answer = sdk.call("authenticate", service.authenticate_url())["value"]
    assert answer["redirectUrl"] == action
    assert answer["formPost"] == {"action": action, "parameters": VALUES}
    with sdk.page.expect_navigation(url=action):
        sdk.page.evaluate("(answer) => sdk.follow(answer)", answer)
    (posted,) = app.posts("/cb")
    assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
    found = parse_qs(posted.body.decode("ascii"), keep_blank_values=True)
    assert found == {name: [value] for name, value in VALUES.items()}


def test_follow_goes_to_a_url_where_there_is_no_form(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    answer = sdk.call("authenticate", service.authenticate_url())["value"]
    assert "formPost" not in answer
    with sdk.page.expect_navigation(url=answer["redirectUrl"]):
        sdk.page.evaluate("(answer) => sdk.follow(answer)", answer)


@pytest.mark.parametrize(
    "form",
    [
        {"action": "javascript:alert(1)", "parameters": {}},
        {"action": "com.example.app:/cb", "parameters": {}},
        {"action": "/cb", "parameters": {}},
        {"action": "https://app.example.com/cb"},
        {"action": "https://app.example.com/cb", "parameters": {"code": 7}},
        {"parameters": {}},
        [],
        None,
    ],
)
def test_an_answer_of_another_form_is_refused(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any], form: Any
) -> None:
    service.form_post = form
    error = sdk.call("authenticate", service.authenticate_url())["error"]
    assert error["type"] == "V1ServiceError"
