"""RFC 6749 §2.3, §3.2, §5: the token endpoint's form, client authentication and errors."""

from typing import Any

import pytest

from tests.support.oauth_answers import check_json
from tests.support.platform import Platform
from tests.support.sign_in import SECRET, SignIn, new_sign_in

GRANTS = ("authorization_code", "client_credentials")


@pytest.fixture(scope="module")
def client(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))


def form(grant_type: str = "client_credentials", **more: str) -> dict[str, str]:
    return {"grant_type": grant_type, **more}


def own(client: SignIn, **more: str) -> dict[str, str]:
    """The client's own id and secret, in the body."""
    return {"client_id": client.application.client_id, "client_secret": SECRET, **more}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_n49_only_post_is_allowed(client: SignIn, method: str) -> None:
    """§3.2."""
    answer = client.platform.call(method, f"{client.issuer}/token")
    assert answer.status == 405
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert answer.body == b"" or method != "HEAD"


BODIES: dict[str, dict[str, Any]] = {
    "N50 JSON": {"json": {"grant_type": "client_credentials"}},
    "N50 multipart": {
        "headers": {"content-type": "multipart/form-data; boundary=b"},
        "body": '--b\r\ncontent-disposition: form-data; name="grant_type"\r\n\r\nx\r\n--b--',
    },
    "N50 no content type": {"body": "grant_type=client_credentials"},
    "N50 two content types": {
        "headers": [
            ("content-type", "application/x-www-form-urlencoded"),
            ("content-type", "application/json"),
        ],
        "body": "grant_type=client_credentials",
    },
    "not UTF-8": {
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": b"grant_type=\xff",
    },
    "not UTF-8 when decoded": {
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": b"grant_type=%ff",
    },
    "too many fields": {"form": [(f"a{n}", "b") for n in range(101)]},
    "empty": {"form": []},
}


NO_FORM = (400, "invalid_request")


@pytest.mark.parametrize("sent", BODIES.values(), ids=BODIES)
def test_n50_a_body_that_is_no_good_form_is_refused(client: SignIn, sent: dict[str, Any]) -> None:
    answer = client.platform.call("POST", f"{client.issuer}/token", **sent)
    check_json(answer, *((401, "invalid_client") if sent == {"form": []} else NO_FORM))


def test_a_form_with_a_charset_is_a_form(client: SignIn) -> None:
    body = f"grant_type=client_credentials&client_id={client.application.client_id}"
    answer = client.platform.call(
        "POST",
        f"{client.issuer}/token",
        headers={"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"},
        body=f"{body}&client_secret={SECRET}",
    )
    assert answer.status == 200


FORMS: dict[str, tuple[dict[str, str], str]] = {
    "N51 no grant_type": ({}, "invalid_request"),
    "N51 empty grant_type": ({"grant_type": ""}, "invalid_request"),
    "N52 password": (form("password", username="a", password="b"), "unsupported_grant_type"),
    "N52 implicit": (form("implicit"), "unsupported_grant_type"),
    "N52 unknown": (form("urn:example:none"), "unsupported_grant_type"),
    "T36 device code": (
        form("urn:ietf:params:oauth:grant-type:device_code", device_code="x"),
        "unsupported_grant_type",
    ),
    "N52 token exchange": (
        form("urn:ietf:params:oauth:grant-type:token-exchange", subject_token="x"),
        "unsupported_grant_type",
    ),
    "N52 other case": (form("Client_Credentials"), "unsupported_grant_type"),
    "N60 code missing": (form("authorization_code"), "invalid_request"),
    "N60 code empty": (form("authorization_code", code=""), "invalid_request"),
    "scope not allowed": (form(scope="admin"), "invalid_scope"),
}


@pytest.mark.parametrize(("sent", "error"), FORMS.values(), ids=FORMS)
def test_a_form_of_an_authenticated_client_is_judged(
    client: SignIn, sent: dict[str, str], error: str
) -> None:
    """§5.2."""
    check_json(client.token(own(client, **sent)), 400, error)


@pytest.mark.parametrize("grant", [*GRANTS, "refresh_token"])
def test_n53_a_grant_that_the_client_may_not_use_is_refused(platform: Platform, grant: str) -> None:
    rest = tuple(g for g in GRANTS if g != grant)
    person = new_sign_in(platform, grant_types=rest)
    sent = form(grant, code="x", refresh_token="x")
    check_json(person.token(own(person, **sent)), 400, "unauthorized_client")


def test_n59_n72_t39_parameters_in_the_uri_are_refused(client: SignIn) -> None:
    """§3.2, §2.3.1: credentials never travel in a URI."""
    url = f"{client.issuer}/token?grant_type=client_credentials"
    check_json(client.platform.call("POST", url, form=own(client)), 400, "invalid_request")
    secret_in_uri = f"{client.issuer}/token?client_secret={SECRET}"
    sent = form(client_id=client.application.client_id)
    check_json(client.platform.call("POST", secret_in_uri, form=sent), 400, "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "scope", "other"])
def test_t39_n71_a_repeated_parameter_is_refused(client: SignIn, name: str) -> None:
    """§3.2."""
    good = own(client, **form(scope="orders", other="x"))
    pairs = [*good.items(), (name, good[name])]
    answer = client.platform.call("POST", f"{client.issuer}/token", form=pairs)
    check_json(answer, 400, "invalid_request")


def test_n76_a_token_response_is_never_stored(client: SignIn) -> None:
    """§5.1; errors are checked by every case above."""
    answer = client.token(own(client, **form()))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["content-type"] == "application/json"
