"""What an application has switched off is refused at the endpoint itself (T60).

A page that does not show a button is no rule: each case asks the endpoint directly, and the same
call works while the switch is the other way.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.oauth_answers import check_back, check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import REDIRECT_URI, SECRET, SignIn, new_sign_in

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
WITHOUT_PKCE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}


def own_token(person: SignIn) -> Answer:
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    return person.token({"grant_type": "client_credentials", **client})


def claims_written(person: SignIn) -> Answer:
    return person.redeem(person.code(), custom_claims='{"a":1}')


def long_token(person: SignIn) -> Answer:
    return person.redeem(person.code(), expiration_time="3600")


Asked = Callable[[SignIn], Answer]
TOLD_IN_JSON: dict[str, tuple[Asked, dict[str, Any], dict[str, Any], str]] = {
    "refresh tokens": (
        lambda p: p.refresh(p.tokens().get("refresh_token", "x")),
        {"grant_types": GRANTS},
        {"grant_types": ("authorization_code",)},
        "unauthorized_client",
    ),
    "client credentials": (
        own_token,
        {"grant_types": GRANTS},
        {"grant_types": ("authorization_code",)},
        "unauthorized_client",
    ),
    "claims of the client's own": (
        claims_written,
        {},
        {"confidentiality": "public", "client_secret_hash": ""},
        "invalid_request",
    ),
    "longer tokens": (
        long_token,
        {"expires_after": 3600},
        {"expires_after": 3599},
        "invalid_request",
    ),
    "tokens without a proof of a key": (
        lambda p: p.redeem(p.code()),
        {"dpop_bound_access_tokens": False},
        {"dpop_bound_access_tokens": True},
        "invalid_dpop_proof",
    ),
}


@pytest.mark.parametrize(("asked", "on", "off", "error"), TOLD_IN_JSON.values(), ids=TOLD_IN_JSON)
def test_t60_the_token_endpoint_asks_the_switch(
    platform: Platform, asked: Asked, on: dict[str, Any], off: dict[str, Any], error: str
) -> None:
    assert asked(new_sign_in(platform, **on)).status == 200
    check_json(asked(new_sign_in(platform, **off)), 400, error)


TOLD_BACK: dict[str, tuple[dict[str, str | None], dict[str, Any], dict[str, Any], str]] = {
    "sign-in": (
        {},
        {"grant_types": GRANTS},
        {"grant_types": ("client_credentials",)},
        "unauthorized_client",
    ),
    "offline access": (
        {"scope": "openid offline_access"},
        {"grant_types": GRANTS},
        {"grant_types": ("authorization_code",)},
        "invalid_scope",
    ),
    "a scope": (
        {"scope": "openid orders"},
        {"allowed_scopes": ("orders",)},
        {"allowed_scopes": ()},
        "invalid_scope",
    ),
    "requests without PKCE": (WITHOUT_PKCE, {}, {"pkce": "s256"}, "invalid_request"),
    "requests that were not pushed": (
        {},
        {},
        {"require_pushed_authorization_requests": True},
        "invalid_request",
    ),
}


@pytest.mark.parametrize(("changes", "on", "off", "error"), TOLD_BACK.values(), ids=TOLD_BACK)
def test_t60_the_authorization_endpoint_asks_the_switch(
    platform: Platform,
    changes: dict[str, str | None],
    on: dict[str, Any],
    off: dict[str, Any],
    error: str,
) -> None:
    """Also for a request that was begun while it was on: the sign-in is refused at its end."""
    person = new_sign_in(platform, **on)
    request = person.request(**changes)
    person.change_application(**off)
    check_json(person.authenticate(request), 400, "invalid_request")
    answer = person.authorize(**changes)
    check_back(answer, error, issuer=person.issuer, uri=REDIRECT_URI)
