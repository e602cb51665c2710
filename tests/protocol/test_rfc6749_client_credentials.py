"""RFC 6749 §4.4: a token for the application itself, never for a person."""

from typing import Any

import jwt
import pytest

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SECRET, SignIn, new_resource_server, new_sign_in

CLIENT_CREDENTIALS = ("client_credentials",)


@pytest.fixture(scope="module")
def client(platform: Platform) -> SignIn:
    return new_client(platform, allowed_scopes=("orders:read", "orders:write"))


def new_client(platform: Platform, **application: Any) -> SignIn:
    scopes = ("orders:read", "orders:write")
    server = new_resource_server(platform, "https://orders.example.com", *scopes)
    return new_sign_in(
        platform, grant_types=CLIENT_CREDENTIALS, resource_server_id=server.id, **application
    )


def ask(client: SignIn, **changes: str) -> Answer:
    form = {
        "grant_type": "client_credentials",
        "client_id": client.application.client_id,
        "client_secret": SECRET,
    }
    return client.token(form | changes)


def claims(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(
        answer.json()["access_token"], options={"verify_signature": False}
    )
    return found


def test_n86_there_is_neither_a_refresh_token_nor_an_id_token(client: SignIn) -> None:
    """§4.4.3."""
    body = ask(client).json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}


def test_without_a_scope_the_client_gets_all_that_it_is_allowed(client: SignIn) -> None:
    """§3.3; the grant is always said."""
    answer = ask(client)
    assert answer.json()["scope"] == "orders:read orders:write"
    assert claims(answer)["scope"] == "orders:read orders:write"


def test_a_narrower_scope_is_granted_as_asked(client: SignIn) -> None:
    assert claims(ask(client, scope="orders:read"))["scope"] == "orders:read"
    assert ask(client, scope="orders:read orders:read").json()["scope"] == "orders:read"


@pytest.mark.parametrize(
    "scope",
    [
        "admin",
        "orders:read admin",
        "identities:read",
        "orders",
        "ORDERS:READ",
        "orders:*",
        "*",
        'orders:read"',
        " orders:read",
        "orders:read ",
        "orders:read  orders:write",
        "orders:read\torders:write",
        "o" * 5000,
    ],
)
def test_n87_t35_a_scope_that_was_not_given_is_refused(client: SignIn, scope: str) -> None:
    check_json(ask(client, scope=scope), 400, "invalid_scope")


@pytest.mark.parametrize("scope", ["openid", "openid orders:read", "profile", "email"])
def test_n85_no_person_stands_behind_the_token_so_identity_scopes_are_refused(
    platform: Platform, client: SignIn, scope: str
) -> None:
    check_json(ask(client, scope=scope), 400, "invalid_scope")
    generous = new_client(platform, allowed_scopes=("openid", "profile", "email", "orders:read"))
    check_json(ask(generous, scope=scope), 400, "invalid_scope")
    assert ask(generous).json()["scope"] == "orders:read"


def test_a_client_that_is_allowed_nothing_gets_a_token_without_scope(platform: Platform) -> None:
    answer = ask(new_client(platform, allowed_scopes=()))
    assert answer.status == 200
    assert "scope" not in answer.json()
    assert "scope" not in claims(answer)


def test_n84_a_public_client_cannot_use_the_grant(platform: Platform) -> None:
    public = new_client(platform, confidentiality="public", client_secret_hash="")
    form = {"grant_type": "client_credentials", "client_id": public.application.client_id}
    check_json(public.token(form), 400, "unauthorized_client")


def test_n88_the_subject_is_the_client_and_no_person_can_have_it(
    platform: Platform, client: SignIn
) -> None:
    """RFC 9068 §2.2, §5: a user whose subject would be the client id cannot sign in."""
    assert claims(ask(client))["sub"] == client.application.client_id
    person = new_sign_in(platform, subject_field="username")
    person.change_application(client_id=person.identity.username)
    check_json(person.authenticate(person.request()), 400, "access_denied")


def test_n88_nor_does_a_code_from_before_the_collision_give_a_token(platform: Platform) -> None:
    person = new_sign_in(platform, subject_field="username")
    code = person.code()
    person.change_identity(
        traits={**person.identity.traits, "username": person.application.client_id}
    )
    check_json(person.redeem(code), 400, "invalid_grant")


def test_t33_a_client_that_was_deleted_gets_no_token(platform: Platform) -> None:
    from keybound.storage import keys

    gone = new_client(platform, allowed_scopes=("orders:read",))
    assert ask(gone).status == 200
    a = gone.application
    platform.deployment.directory.delete(keys.application(a.tenant_id, a.realm_id, a.id))
    check_json(ask(gone), 404, "not_found")


def test_t33_a_client_that_lost_the_grant_or_its_secret_gets_no_token(platform: Platform) -> None:
    client = new_client(platform, allowed_scopes=("orders:read",))
    client.change_application(client_secret_hash="")
    check_json(ask(client), 401, "invalid_client")
    client = new_client(platform, allowed_scopes=("orders:read",))
    client.change_application(grant_types=("authorization_code",))
    check_json(ask(client), 400, "unauthorized_client")


def test_t35_a_scope_that_was_taken_away_is_refused_at_once(platform: Platform) -> None:
    client = new_client(platform, allowed_scopes=("orders:read", "orders:write"))
    client.change_application(allowed_scopes=("orders:read",))
    check_json(ask(client, scope="orders:write"), 400, "invalid_scope")


def test_n105_the_token_opens_no_userinfo(client: SignIn) -> None:
    answer = client.userinfo(ask(client).json()["access_token"])
    check_json(answer, 403, "insufficient_scope")
