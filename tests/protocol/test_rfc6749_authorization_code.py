"""RFC 6749 §4.1.2, §4.1.3, §10.5: what a code is good for, for whom, how often and how long."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from keybound.domain.encoding import from_b64url
from keybound.domain.secrets import hash_secret

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import REDIRECT_URI, SignIn, new_sign_in
from tests.support.table_state import logins, stored

OTHER_URI = "https://app.example.com/other"
OTHER_SECRET = "other-secret"


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, redirect_uris=(REDIRECT_URI, OTHER_URI))


@pytest.fixture
def clock(platform: Platform) -> Iterator[Callable[[int], None]]:
    yield platform.clock.advance
    platform.clock.reset()


def refused(answer: Answer, error: str = "invalid_grant") -> None:
    check_json(answer, 400, error)


def flipped(code: str, at: int) -> str:
    """The code with the lowest bit of one of its characters' values changed."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = alphabet[alphabet.index(code[at]) ^ 1]
    return code[:at] + other + code[at + 1 :]


WRONG: dict[str, Callable[[str], str]] = {
    "N61 random": lambda code: "x" * 43,
    "N61 truncated": lambda code: code[:-1],
    "N61 without secret": lambda code: code.partition(".")[0],
    "N61 empty secret": lambda code: code.partition(".")[0] + ".",
    "N61 without locator": lambda code: "." + code.partition(".")[2],
    "N61 longer": lambda code: code + "A",
    "N61 twice": lambda code: f"{code}.{code}",
    "N61 huge": lambda code: code + "A" * 5000,
    "N61 not ASCII": lambda code: code + "\u00e9",
    "N61 with a space": lambda code: code + " ",
    "N61 padded": lambda code: code + "=",
    "N61 a bit of the version": lambda code: flipped(code, 1),
    "N61 a bit of the kid": lambda code: flipped(code, 3),
    "N61 a bit of the nonce": lambda code: flipped(code, 10),
    "N61 a bit of the locator": lambda code: flipped(code, 40),
    "N61 a bit of the secret": lambda code: flipped(code, len(code) - 5),
    "the stored hash as secret": lambda code: (
        code.partition(".")[0] + "." + hash_secret(code.partition(".")[2])
    ),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_wrong_code_changes_nothing_and_the_right_one_still_works(
    person: SignIn, change: Callable[[str], str]
) -> None:
    code = person.code()
    before = logins()
    refused(person.redeem(change(code)))
    assert logins() == before
    assert person.redeem(code).status == 200


WRONG_USE = {
    "N63 another registered redirect_uri": {"redirect_uri": OTHER_URI},
    "N63 an unregistered redirect_uri": {"redirect_uri": "https://evil.example/"},
    "N63 redirect_uri missing": {"redirect_uri": None},
    "N63 redirect_uri empty": {"redirect_uri": ""},
    "N63 redirect_uri with a slash": {"redirect_uri": REDIRECT_URI + "/"},
    "N64 verifier missing": {"code_verifier": None},
    "N65 verifier wrong": {"code_verifier": "w" * 43},
    "T65 wrong secret": {"client_secret": "wrong"},
    "T65 no secret": {"client_secret": None},
}


@pytest.mark.parametrize("changes", WRONG_USE.values(), ids=WRONG_USE)
def test_a_wrong_redemption_changes_nothing_and_the_right_one_still_works(
    person: SignIn, changes: dict[str, str | None]
) -> None:
    code = person.code()
    before = logins()
    error = "invalid_client" if "client_secret" in changes else "invalid_grant"
    check_json(person.redeem(code, **changes), 401 if error == "invalid_client" else 400, error)
    assert logins() == before
    assert person.redeem(code).status == 200


def test_n62_n74_t28_a_code_opens_only_under_its_own_issuer(
    platform: Platform, person: SignIn
) -> None:
    """Another client's attempt, however well authenticated, leaves the code its owner's."""
    thief = new_sign_in(platform, client_secret_hash=hash_secret(OTHER_SECRET))
    thief.secret = OTHER_SECRET
    code = person.code()
    before = logins()
    refused(thief.redeem(code))
    answer = person.redeem(code, client_id=thief.application.client_id, client_secret=OTHER_SECRET)
    check_json(answer, 401, "invalid_client")
    swapped = replace(person)
    swapped.issuer = thief.issuer
    check_json(swapped.redeem(code), 401, "invalid_client")
    assert logins() == before
    assert person.redeem(code).status == 200


def test_n62_the_client_id_is_compared_even_at_the_right_issuer(platform: Platform) -> None:
    person = new_sign_in(platform)
    code = person.code()
    person.change_application(client_id="renamed-client")
    refused(person.redeem(code))


def test_n67_n68_t31_a_second_use_is_refused_and_revokes_what_the_first_gave(
    person: SignIn,
) -> None:
    """RFC 6749 §4.1.2, §10.5."""
    code = person.code()
    token = person.redeem(code).json()["access_token"]
    assert person.userinfo(token).status == 200
    refused(person.redeem(code))
    answer = person.userinfo(token)
    check_json(answer, 401, "invalid_token")
    refused(person.redeem(code))


@pytest.mark.parametrize("changes", WRONG_USE.values(), ids=WRONG_USE)
def test_t31_a_second_use_that_fails_a_check_revokes_nothing(
    person: SignIn, changes: dict[str, str | None]
) -> None:
    """Whoever saw only the code cannot sign the person out."""
    code = person.code()
    token = person.redeem(code).json()["access_token"]
    person.redeem(code, **changes)
    assert person.userinfo(token).status == 200


def test_n70_a_code_ends_exactly_with_its_sixtieth_second(
    person: SignIn, clock: Callable[[int], None]
) -> None:
    in_time, late = person.code(), person.code()
    clock(59)
    assert person.redeem(in_time).status == 200
    clock(1)
    before = logins()
    refused(person.redeem(late))
    assert logins() == before, "the item is still there: only the clock decided"


def test_a_replay_after_the_code_ended_still_revokes(
    person: SignIn, clock: Callable[[int], None]
) -> None:
    code = person.code()
    token = person.redeem(code).json()["access_token"]
    clock(61)
    refused(person.redeem(code))
    check_json(person.userinfo(token), 401, "invalid_token")


def test_10_10_a_code_has_256_random_bits_and_only_their_hash_is_stored(person: SignIn) -> None:
    """RFC 6749 §10.10."""
    codes = {person.code() for _ in range(5)}
    secrets = {code.partition(".")[2] for code in codes}
    assert len(secrets) == 5
    assert {len(from_b64url(secret)) for secret in secrets} == {32}
    text = str(stored())
    assert not [secret for secret in secrets if secret in text]


def test_the_granted_scope_is_always_said(person: SignIn) -> None:
    """§3.3, §5.1."""
    answer = person.tokens(scope="openid email")
    assert set(answer["scope"].split()) == {"openid", "email"}
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == person.application.expires_after
