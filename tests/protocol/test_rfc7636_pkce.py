"""RFC 7636, RFC 9700 §2.1.1, §4.8: PKCE cannot be skipped, weakened or downgraded."""

import pytest
from keybound.domain.encoding import b64url
from keybound.oauth.pkce import is_code_verifier, s256_challenge

from tests.support.oauth_answers import check_back, check_json
from tests.support.platform import Platform
from tests.support.sign_in import VERIFIER, SignIn, new_sign_in
from tests.support.table_state import logins

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture(scope="module")
def confidential(platform: Platform) -> SignIn:
    return new_sign_in(platform)


@pytest.fixture(scope="module")
def public(platform: Platform) -> SignIn:
    return new_sign_in(platform, confidentiality="public", client_secret_hash="")


def test_appendix_b_the_vector_of_the_specification() -> None:
    assert s256_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == CHALLENGE


REFUSED: dict[str, dict[str, str | None]] = {
    "N17 T27 plain": {"code_challenge_method": "plain"},
    "N18 T27 no method means plain": {"code_challenge_method": None},
    "T27 empty method": {"code_challenge_method": ""},
    "T27 unknown method": {"code_challenge_method": "S512"},
    "T27 method in another case": {"code_challenge_method": "s256"},
    "N20 method without challenge": {"code_challenge": None},
    "T27 challenge too short": {"code_challenge": CHALLENGE[:-1]},
    "T27 challenge too long": {"code_challenge": CHALLENGE + "A"},
    "T27 challenge with padding": {"code_challenge": CHALLENGE[:-1] + "="},
    "T27 challenge of other characters": {"code_challenge": CHALLENGE[:-1] + "+"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_only_s256_is_accepted(
    request: pytest.FixtureRequest, kind: str, changes: dict[str, str | None]
) -> None:
    person: SignIn = request.getfixturevalue(kind)
    check_back(person.authorize(**changes), "invalid_request", issuer=person.issuer)


WITHOUT: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}


def test_n21_t26_a_public_client_must_use_pkce(public: SignIn) -> None:
    check_back(public.authorize(**WITHOUT), "invalid_request", issuer=public.issuer)


def test_a_confidential_client_must_when_its_application_says_so(platform: Platform) -> None:
    person = new_sign_in(platform, pkce="s256")
    check_back(person.authorize(**WITHOUT), "invalid_request", issuer=person.issuer)


def test_a_request_from_before_pkce_was_demanded_is_refused(platform: Platform) -> None:
    person = new_sign_in(platform)
    request = person.request(**WITHOUT)
    person.change_application(pkce="s256")
    answer = person.authenticate(request)
    check_json(answer, 400, "invalid_request")


def test_n66_t25_a_verifier_without_a_challenge_is_a_downgrade(confidential: SignIn) -> None:
    code = confidential.code(**WITHOUT)
    check_json(confidential.redeem(code), 400, "invalid_grant")
    assert confidential.redeem(code, code_verifier=None).status == 200


VERIFIERS = {
    "N64 T24 missing": None,
    "N64 T24 empty": "",
    "N65 wrong": "w" * 43,
    "N65 42 characters": VERIFIER[:-1],
    "N65 129 characters": "v" * 129,
    "N65 the challenge itself": CHALLENGE,
    "N65 another case": VERIFIER.swapcase(),
    "N65 with a space": VERIFIER[:-1] + " ",
    "N65 with a plus": VERIFIER[:-1] + "+",
    "N65 not ASCII": VERIFIER[:-1] + "\u00e9",
    "N65 with a newline": VERIFIER + "\n",
}


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_the_verifier_of_the_challenge_is_the_only_one(
    request: pytest.FixtureRequest, kind: str, verifier: str | None
) -> None:
    """§4.6. The code stays good for who holds the right one."""
    person: SignIn = request.getfixturevalue(kind)
    code = person.code()
    before = logins()
    check_json(person.redeem(code, code_verifier=verifier), 400, "invalid_grant")
    assert logins() == before
    assert person.redeem(code).status == 200


@pytest.mark.parametrize("length", [43, 128])
def test_4_1_a_verifier_has_43_to_128_unreserved_characters(
    confidential: SignIn, length: int
) -> None:
    verifier = ("-._~" + "aZ9" * 43)[:length]
    code = confidential.code(code_challenge=s256_challenge(verifier))
    assert confidential.redeem(code, code_verifier=verifier).status == 200
    assert not is_code_verifier(verifier[:42])
    assert not is_code_verifier("a" * 129)


def test_4_4_the_challenge_cannot_be_read_from_the_code(confidential: SignIn) -> None:
    code = confidential.code()
    challenge = s256_challenge(VERIFIER)
    assert challenge not in code
    assert b64url(challenge.encode()) not in code
