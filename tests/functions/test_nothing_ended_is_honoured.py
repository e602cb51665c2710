"""Everything that ends: honoured a second before its end, refused at it, with no cleanup ever run.

moto removes nothing by TTL, and no test here runs `expiry_cleanup`: only the checks of each read
and write stand between what has ended and its use.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator

import jwt
import pytest

from tests.support.binding_steps import identity_body, new_binding
from tests.support.configuration_bodies import client_body, make_application
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SignIn, new_sign_in

DAY_S = 24 * 3600
GRANTS = ("authorization_code", "refresh_token")
# For how long it lives; whether it is honoured when it is used now.
Ending = tuple[int, Callable[[], bool]]


@pytest.fixture(autouse=True)
def today(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()
    forget_rooms()


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS)


def binding_link(platform: Platform, person: SignIn) -> Ending:
    link = new_binding(platform).link(expires_in=300)
    return 300, lambda: link.follow(accept="application/json").status == 200


def binding_token(platform: Platform, person: SignIn) -> Ending:
    link = new_binding(platform).link(expires_in=300)
    return 300, lambda: link.begin().status == 200


def spending_of_a_link(platform: Platform, person: SignIn) -> Ending:
    """The session was begun a minute before the link ends, and ends with it."""
    link = new_binding(platform).link(expires_in=300)
    platform.clock.advance(240)
    body = link.answer()
    return 60, lambda: link.complete(body).status == 200


def binding_session(platform: Platform, person: SignIn) -> Ending:
    link = new_binding(platform).link()
    body = link.answer()
    return 300, lambda: link.complete(body).status == 200


def resending_a_link(platform: Platform, person: SignIn) -> Ending:
    link = new_binding(platform).link(expires_in=300)
    return 300, lambda: platform.manage("POST", f"{link.managed}:resend").status == 200


def sign_in_request(platform: Platform, person: SignIn) -> Ending:
    request = person.request()
    return 300, lambda: person.authenticate(request).status == 200


def pushed_request(platform: Platform, person: SignIn) -> Ending:
    uri = str(person.push().json()["request_uri"])
    return 60, lambda: person.authorize_pushed(uri).status == 302


def code(platform: Platform, person: SignIn) -> Ending:
    code = person.code()
    return 60, lambda: person.redeem(code).status == 200


def access_token(platform: Platform, person: SignIn) -> Ending:
    tokens = person.tokens()
    return tokens["expires_in"], lambda: person.userinfo(tokens["access_token"]).status == 200


def introspected_token(platform: Platform, person: SignIn) -> Ending:
    tokens = person.tokens()
    token = tokens["access_token"]
    return tokens["expires_in"], lambda: bool(person.introspect(token).json()["active"])


def refresh_token(platform: Platform, person: SignIn) -> Ending:
    token = person.tokens()["refresh_token"]
    ends = person.application.refresh_token_expires_after
    return ends, lambda: person.refresh(token).status == 200


def management_token(platform: Platform, person: SignIn) -> Ending:
    token = platform.management_token()
    ends = jwt.decode(token, options={"verify_signature": False})["exp"] - platform.clock.now()
    path = f"{platform.realm_path}/identities"
    return ends, lambda: platform.call("GET", path, token=token).status == 200


def page_token(platform: Platform, person: SignIn) -> Ending:
    for _ in range(2):
        assert platform.manage("POST", "/identities", identity_body()).status == 200
    token = platform.manage("GET", "/identities?page_size=1").json()["next_page_token"]
    path = f"/identities?page_token={token}"
    return 7 * DAY_S, lambda: platform.manage("GET", path).status == 200


def kept_answer(platform: Platform, person: SignIn) -> Ending:
    body = identity_body()

    def send() -> int:
        path = f"{platform.realm_path}/identities"
        headers = [("Idempotency-Key", body["identity"]["traits"]["username"])]
        token = platform.management_token()
        return platform.call("POST", path, json=body, token=token, headers=headers).status

    assert send() == 200
    return DAY_S, lambda: send() == 200  # anew, the username is taken


def previous_secret(platform: Platform, person: SignIn) -> Ending:
    made = make_application(platform, client_body())
    config = made["protocol_config"]
    rotation = f"/applications/{made['id']}:rotateSecret"
    assert platform.manage("POST", rotation, {"expires_in": 60}).status == 200
    pair = b64encode(f"{config['client_id']}:{config['client_secret']}".encode()).decode()
    url = f"{platform.auth_base_url}{platform.realm_path}/applications/{made['id']}/token"

    def ask() -> bool:
        headers = {"authorization": f"Basic {pair}"}
        form = {"grant_type": "client_credentials"}
        return platform.call("POST", url, headers=headers, form=form).status == 200

    return 60, ask


ENDINGS = (
    binding_link,
    binding_token,
    spending_of_a_link,
    binding_session,
    resending_a_link,
    sign_in_request,
    pushed_request,
    code,
    access_token,
    introspected_token,
    refresh_token,
    management_token,
    page_token,
    kept_answer,
    previous_secret,
)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_it_is_honoured_until_its_end_and_not_at_it(
    platform: Platform, person: SignIn, ending: Callable[[Platform, SignIn], Ending]
) -> None:
    outcomes = []
    for before_its_end in (1, 0):
        lives_s, use = ending(platform, person)
        platform.clock.advance(lives_s - before_its_end)
        outcomes.append(use())
        platform.clock.reset()
        forget_rooms()
    assert outcomes == [True, False]
