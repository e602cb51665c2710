"""What a whole sign-in leaves in the log: one line a request, ids and outcomes, no secret."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.log_lines import captured_log, members
from tests.support.oauth_answers import added
from tests.support.platform import Platform
from tests.support.sign_in import REDIRECT_URI, SECRET, VERIFIER, SignIn, new_sign_in

STATE, NONCE, HINT = "st-the-clients-own-state", "n-the-nonce", "somebody@example.com"


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


def leaves(value: Any) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        return [text for member in value.values() for text in leaves(member)]
    return [value] if isinstance(value, str) else []


def pieces(*secrets: str) -> list[str]:
    """The secrets and their parts, long enough not to occur by chance."""
    return [p for s in secrets for p in (s, *s.split(".")) if len(p) >= 8]


def test_a_sign_in_logs_one_line_a_request_and_nothing_secret(person: SignIn) -> None:
    with captured_log() as lines:
        request = person.request(state=STATE, nonce=NONCE)
        assertion = person.assertion(request)
        answer = person.authenticate(request, assertion)
        code = added(answer.json()["redirect_url"])["code"]
        tokens = person.redeem(code).json()
        person.userinfo(tokens["access_token"])
        person.redeem(code)
        person.userinfo(tokens["access_token"])
        person.authenticate(request, assertion)
    found = [members(line) for line in lines]
    rooms = ["authorize", "authenticate", "token", "userinfo", "token", "userinfo", "authenticate"]
    assert [line["room"] for line in found] == rooms
    assert [line["status"] for line in found] == [302, 200, 200, 200, 400, 401, 400]
    assert found[1]["identity_id"] == person.identity.id
    assert found[1]["credential_id"] == person.passkey.id
    response = {k: v for k, v in assertion["response"].items() if k != "userHandle"}
    secrets = pieces(
        *(request, code, tokens["access_token"], tokens["id_token"]),
        *(STATE, NONCE, SECRET, VERIFIER, REDIRECT_URI, assertion["id"]),
        *leaves(response),
    )
    text = "\n".join(lines)
    assert len(secrets) > 20
    assert [secret for secret in secrets if secret in text] == []


def test_refusals_say_why_and_quote_nothing(person: SignIn) -> None:
    marks = {name: f"MARK-{name}-0123456789" for name in ("q", "f", "j", "h", "p")}
    call, issuer = person.platform.call, person.issuer
    query = urlencode({**person.parameters(scope=marks["q"]), "login_hint": marks["q"]})
    with captured_log() as lines:
        call("GET", f"{issuer}/authorize?{query}")
        call("GET", f"{issuer}/authorize?client_id={marks['q']}&{marks['q']}")
        call("GET", f"{issuer}/authorize?state={marks['q']}%ff")
        call("POST", f"{issuer}/token", form={"code": marks["f"], "client_id": marks["f"]})
        person.redeem(marks["f"])
        call("POST", f"{issuer}/token", headers={"authorization": f"Basic {marks['h']}"}, form={})
        call("GET", f"{issuer}/userinfo", headers={"authorization": f"Bearer {marks['h']}"})
        call("GET", f"{issuer}/userinfo?access_token={marks['q']}")
        call("POST", f"{issuer}/authenticate", json={"request": marks["j"], "x": marks["j"]})
        call("POST", f"{issuer}/authenticate", body='{"' + marks["j"])
        call("POST", f"{issuer}/authenticate", headers={"cookie": marks["h"]}, body=marks["j"])
        call("GET", f"{issuer}/authorize", headers={"user-agent": marks["h"], "origin": marks["h"]})
    assert len(lines) == 12
    assert [mark for mark in marks.values() if mark in "\n".join(lines)] == []
    found = [members(line) for line in lines]
    assert [line for line in found if line["status"] >= 400 and "code" not in line] == []
    assert found[0]["code"] == "invalid_scope", "an error that travelled by redirect is named too"
    for line in found:
        assert line["tenant_id"] == person.application.tenant_id
        assert {"request_id", "message", "duration_ms", "status"} <= set(line)


def test_preflights_and_wrong_methods_are_logged_once_too(person: SignIn) -> None:
    with captured_log() as lines:
        person.platform.call("OPTIONS", f"{person.issuer}/token", headers={"origin": "x"})
        person.platform.call("DELETE", f"{person.issuer}/token")
        person.platform.call("HEAD", f"{person.issuer}/userinfo")
    assert [members(line)["status"] for line in lines] == [204, 405, 401]
