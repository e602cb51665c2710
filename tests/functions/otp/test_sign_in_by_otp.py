"""From authorize to tokens by a code that came by mail."""

from urllib.parse import parse_qs, urlsplit

import jwt

from tests.support.otp_steps import new_otp_sign_in
from tests.support.platform import Platform


def claims_of(token: str) -> dict[str, object]:
    content: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return content


def test_a_mailed_code_gives_the_client_a_code_and_tokens(platform: Platform) -> None:
    otp = new_otp_sign_in(platform)
    answer = otp.redeemed(scope="openid email")
    query = parse_qs(urlsplit(answer["redirect_url"]).query)
    assert query["state"] == ["st-1"]
    assert query["iss"] == [otp.sign_in.issuer]
    tokens = otp.sign_in.redeem(query["code"][0]).json()
    told = claims_of(tokens["id_token"])
    assert told["amr"] == ["otp"]
    assert "acr" not in told
    assert told["auth_time"] == platform.clock.now()
    assert (told["email"], told["email_verified"]) == (otp.address, True)
    assert otp.sign_in.userinfo(tokens["access_token"]).json()["email_verified"] is True
    assert otp.sign_in.introspect(tokens["access_token"]).json()["active"] is True


def test_the_binding_token_makes_one_link_for_that_identity(platform: Platform) -> None:
    otp = new_otp_sign_in(platform)
    otp.forget_passkeys()
    token = otp.redeemed()["passkey_binding_token"]
    made = otp.bind(token)
    assert made.status == 200, made.text
    link = made.json()["credential_binding_link"]
    assert f"/identities/{otp.sign_in.identity.id}/credential-binding-jobs/" in link
    followed = platform.call("GET", link, headers={"accept": "application/json"})
    assert followed.status == 200
    again = otp.bind(token)
    assert again.status == 401
    assert again.json()["error"] == "invalid_token"
