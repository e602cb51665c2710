"""authenticateOtp, redeemOtp, getAuthenticationContext."""

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import APPLICATION, ISSUER_PATH, OTP, FakeService
from tests.browser.sdk.loopback import Server

METHODS = [{"type": "webauthn_passkey"}, {"type": "email_one_time_password"}]


def test_a_mailed_code_signs_in_after_a_wrong_one(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    url = service.authenticate_url(authentication_methods=METHODS)
    challenge = sdk.call("authenticateOtp", url, " ada@example.com ")["value"]
    assert challenge["url"].startswith(url)
    again = sdk.call("redeemOtp", challenge["url"], "999999")["value"]
    assert again == challenge
    answer = sdk.call("redeemOtp", again["url"], f" {OTP[:3]} {OTP[3:]}")
    assert answer == {
        "value": {
            "redirectUrl": f"{service.app_origin}/cb?code=abc&state=xyz",
            "passkeyBindingToken": "binds-one",
        }
    }
    asked = auth.posts(f"{ISSUER_PATH}/otp")[0]
    assert set(asked.json) == {"request", "email"}
    assert asked.json["email"] == "ada@example.com"
    redeemed = auth.posts(f"{ISSUER_PATH}/otp/redeem")
    assert [set(each.json) for each in redeemed] == [{"request", "otp_session", "code"}] * 2
    assert "cookie" not in asked.headers and "referer" not in asked.headers
    assert sdk.seen["navigations"] == []


def test_the_context_says_what_is_offered(sdk: SdkPage, service: FakeService) -> None:
    url = service.authenticate_url(authentication_methods=METHODS)
    assert sdk.call("getAuthenticationContext", url)["value"] == {
        "authUrl": service.origin + ISSUER_PATH,
        "authMethods": METHODS,
        "application": {"id": APPLICATION, "displayName": "Demo"},
        "origin": {},
    }


def test_a_forged_issuer_is_never_spoken_to(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    """The host rule of every call holds for codes too."""
    forged = service.authenticate_url(iss=f"https://evil.example{ISSUER_PATH}")
    for call in (
        ("authenticateOtp", forged, "ada@example.com"),
        ("redeemOtp", f"{forged}&otp=page-secret", OTP),
        ("getAuthenticationContext", forged),
    ):
        assert sdk.call(*call)["error"]["type"] == "InvalidUrl"
    assert auth.posts("/otp") == []


def test_a_url_without_the_pages_secret_redeems_nothing(
    sdk: SdkPage, service: FakeService, auth: Server
) -> None:
    answer = sdk.call("redeemOtp", service.authenticate_url(), OTP)
    assert answer["error"]["type"] == "InvalidUrl"
    assert auth.posts("/redeem") == []


def test_when_no_code_can_be_right_any_more_the_error_says_so(
    sdk: SdkPage, service: FakeService
) -> None:
    url = sdk.call("authenticateOtp", service.authenticate_url(), "a@b.example")["value"]["url"]
    service.refusal = (400, {"error": "invalid_request", "error_description": "over"})
    error = sdk.call("redeemOtp", url, OTP)["error"]
    assert error["type"] == "V1ServiceError"
    assert error["data"]["code"] == "invalid_request"
