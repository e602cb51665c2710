"""Every refresh token that is handed out can be used, however much scope it carries."""

from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_resource_server, new_sign_in

GRANTS = ("authorization_code", "refresh_token")


def widest_sign_in(platform: Platform) -> SignIn:
    """All that is allowed, in the most scopes that an authorization request still carries."""
    for count in range(200, 0, -10):
        scopes = tuple(f"orders:{number:03d}:read-everything" for number in range(count))
        server = new_resource_server(platform, f"https://orders.example.com/{count}", *scopes)
        person = new_sign_in(
            platform, grant_types=GRANTS, allowed_scopes=scopes, resource_server_id=server.id
        )
        if "request=" in person.authorize(scope=None).headers["location"]:
            return person
    raise AssertionError("no scope at all fits into a request")


def test_6_the_widest_scope_is_refreshed_again_and_again(platform: Platform) -> None:
    """RFC 6749 §6. Without a scope parameter, a request is granted all that is allowed."""
    person = widest_sign_in(platform)
    tokens = person.tokens(scope=None)
    assert len(tokens["scope"]) > 2048
    for _ in range(2):
        answer = person.refresh(tokens["refresh_token"])
        assert answer.status == 200, answer.text
        tokens = answer.json()
