"""RFC 9700 §4.14.2, RFC 7009 §2.1, RP-Initiated Logout §2: what ends a session, and all of it.

Each event comes through the interface that people and programs have for it; each use that a
sign-in opened is tried after it, and worked before. N75, N82, N93, N96, N130, T33, T34, T68.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from keybound.domain.credential import credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.realm_counts import IDENTITIES, count_write

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.table_state import logins
from tests.support.tokens import claims_of

GRANTS = ("authorization_code", "refresh_token")
FORMATS = ("self_contained", "referential")


@dataclass
class Login:
    """One login that was refreshed once: what it was opened with and what it holds now."""

    person: SignIn
    manager: str
    used_code: str
    first_refresh_token: str
    id_token: str
    access_token: str
    refresh_token: str


def new_login(person: SignIn, manager: str, token_format: str) -> Login:
    person.change_application(token_format=token_format)
    code = person.code()
    first = person.redeem(code).json()["refresh_token"]
    now = person.refresh(first).json()
    tokens = (now["id_token"], now["access_token"], now["refresh_token"])
    return Login(person, manager, code, first, *tokens)


def managed(person: SignIn, method: str, path: str, body: Any = None) -> None:
    answer = person.platform.manage(method, path, body)
    assert answer.status == 200, answer.text


@pytest.fixture
def person(platform: Platform) -> Iterator[SignIn]:
    """Somebody in a realm of one test, that can be deleted, with all that deletion looks for."""
    shared = platform.realm_id
    platform.realm_id = platform.create_realm(platform.management).id
    person = new_sign_in(platform, grant_types=GRANTS)
    table, who, passkey = platform.deployment.directory, person.identity, person.passkey
    t, r = who.tenant_id, who.realm_id
    hashed = credential_hash(from_b64url(passkey.credential_id))
    pointer = keys.credential_pointer(t, r, who.id, passkey.id)
    table.put({**pointer._asdict(), "credential_hash": hashed})
    table.put({**keys.username(t, r, who.username)._asdict(), "identity_id": who.id})
    table.transact([count_write(table, RealmPath(t, r), IDENTITIES, 0, 1)], "one-person")
    yield person
    platform.realm_id = shared


@pytest.fixture(scope="module")
def manager(platform: Platform) -> str:
    """A management token that may introspect."""
    return platform.management_token(["tokens:introspect"])


@pytest.fixture(scope="module")
def bystander(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS)


# --- Uses: whether each still works


def works(answer: Answer, status: int, error: str) -> bool:
    """200, or the one refusal that fits; 404 where the issuer itself is gone."""
    if answer.status == 404:
        check_json(answer, 404, "not_found")
    elif answer.status != 200:
        check_json(answer, status, error)
    return answer.status == 200


def active(answer: Answer) -> bool:
    if not works(answer, 401, "invalid_token"):
        return False
    found = answer.json()
    assert found["active"] or found == {"active": False}
    return bool(found["active"])


def active_for_the_realm(login: Login) -> bool:
    """As a manager with `tokens:introspect` is told, whatever became of the application."""
    platform = login.person.platform
    url = f"{platform.auth_base_url}{platform.realm_path}/introspect"
    form = {"token": login.access_token}
    return active(platform.call("POST", url, form=form, token=login.manager))


USES: dict[str, Callable[[Login], bool]] = {
    "userinfo": lambda o: works(o.person.userinfo(o.access_token), 401, "invalid_token"),
    "access token introspected": lambda o: active(o.person.introspect(o.access_token)),
    "access token introspected by the realm": active_for_the_realm,
    "refresh token introspected": lambda o: active(o.person.introspect(o.refresh_token)),
    "refresh repeated in its grace": lambda o: works(
        o.person.refresh(o.first_refresh_token), 400, "invalid_grant"
    ),
    "refresh": lambda o: works(o.person.refresh(o.refresh_token), 400, "invalid_grant"),
}
ALL = set(USES)
ACCESS = {"userinfo", "access token introspected", "access token introspected by the realm"}
NONE: set[str] = set()


def ended(login: Login) -> set[str]:
    return {name for name, use in USES.items() if not use(login)}


def signs_in(person: SignIn) -> bool:
    asked = person.authorize()
    if asked.status == 404:
        return False
    return works(person.authenticate(person.request()), 400, "access_denied")


# --- Events that end every login of a person, and codes in flight


def identity(person: SignIn) -> str:
    return f"/identities/{person.identity.id}"


def passkey(person: SignIn) -> str:
    return f"{identity(person)}/credentials/{person.passkey.id}"


def set_status(person: SignIn, *statuses: str) -> None:
    for status in statuses:
        managed(person, "PATCH", identity(person), {"identity": {"status": status}})


def delete_realm(person: SignIn) -> None:
    """A realm with people in it is kept, so they go first."""
    realm = person.platform.realm_path
    assert person.platform.manage("DELETE", realm).status == 409
    managed(person, "DELETE", identity(person))
    managed(person, "DELETE", realm)


ENDS_ALL: dict[str, Callable[[SignIn], None]] = {
    "identity suspended": lambda p: set_status(p, "suspended"),
    "identity suspended and active again": lambda p: set_status(p, "suspended", "active"),
    "identity deleted": lambda p: managed(p, "DELETE", identity(p)),
    "passkey revoked": lambda p: managed(p, "POST", f"{passkey(p)}:revoke", {}),
    "passkey deleted": lambda p: managed(p, "DELETE", passkey(p)),
    "application deleted": lambda p: managed(p, "DELETE", f"/applications/{p.application.id}"),
    "realm deleted": delete_realm,
}


@pytest.mark.parametrize("event", ENDS_ALL)
def test_an_event_of_the_person_ends_every_login_and_the_codes_in_flight(
    person: SignIn, bystander: SignIn, manager: str, event: str
) -> None:
    """At once: the rooms of these tests keep no copy of applications and realms; live ones do for
    30 seconds. Nothing comes back when a suspension is lifted."""
    bystanders = bystander.tokens()["access_token"]
    opened = {token_format: new_login(person, manager, token_format) for token_format in FORMATS}
    code = person.code()
    ENDS_ALL[event](person)
    assert {name: ended(login) for name, login in opened.items()} == dict.fromkeys(FORMATS, ALL)
    assert not works(person.redeem(code), 400, "invalid_grant")
    assert signs_in(person) is event.endswith("active again")
    assert bystander.userinfo(bystanders).status == 200


# --- Events that end one login, or one token


def listed_ids(login: Login) -> dict[str, str]:
    """By type, the ids under which the login's tokens stand in the list of the person's."""
    token = login.access_token
    (login_id,) = [
        item["pk"]["S"].removeprefix(keys.LOGIN_PREFIX)
        for item in logins()
        if item["sid"]["S"] == claims_of(login.id_token)["sid"]
    ]
    query = f"principal_type=identity&principal_id={login.person.identity.id}&page_size=100"
    path = f"/applications/{login.person.application.id}/tokens?{query}"
    listed = login.person.platform.manage("GET", path).json()["tokens"]
    if token.count(".") == 2:
        access_id = claims_of(token)["jti"]
    else:
        (access_id,) = [
            e["id"] for e in listed if e["token_suffix"] and token.endswith(e["token_suffix"])
        ]
    assert {login_id, access_id} <= {entry["id"] for entry in listed}
    return {"refresh": login_id, "access": access_id}


def delete_listed(kind: str) -> Callable[[Login], None]:
    def delete(login: Login) -> None:
        path = f"/applications/{login.person.application.id}/tokens/{listed_ids(login)[kind]}"
        managed(login.person, "DELETE", path)

    return delete


def revoke(kind: str) -> Callable[[Login], None]:
    def revoked(login: Login) -> None:
        assert login.person.revoke(getattr(login, kind)).status == 200

    return revoked


def sign_out(login: Login) -> None:
    assert login.person.end_session(id_token_hint=login.id_token).status == 200


def replay(login: Login) -> None:
    check_json(login.person.redeem(login.used_code), 400, "invalid_grant")


ENDS_ONE: dict[str, tuple[Callable[[Login], None], dict[str, set[str]]]] = {
    "nothing": (lambda login: None, dict.fromkeys(FORMATS, NONE)),
    "signed out": (sign_out, dict.fromkeys(FORMATS, ALL)),
    "code replayed": (replay, dict.fromkeys(FORMATS, ALL)),
    "refresh token revoked": (revoke("refresh_token"), dict.fromkeys(FORMATS, ALL)),
    "refresh token deleted": (delete_listed("refresh"), dict.fromkeys(FORMATS, ALL)),
    "access token deleted": (delete_listed("access"), dict.fromkeys(FORMATS, ACCESS)),
    "access token revoked": (
        revoke("access_token"),
        {"self_contained": ALL, "referential": ACCESS},  # RFC 7009 §2.1: the grant too, or not
    ),
}


@pytest.mark.parametrize("token_format", FORMATS)
@pytest.mark.parametrize("event", ENDS_ONE)
def test_an_event_of_a_login_ends_what_it_names_and_no_other_login(
    bystander: SignIn, manager: str, event: str, token_format: str
) -> None:
    act, uses = ENDS_ONE[event]
    login, code = new_login(bystander, manager, token_format), bystander.code()
    act(login)
    assert ended(login) == uses[token_format]
    assert bystander.redeem(code).status == 200
