"""WebAuthn L3 §7.2 over HTTP: N146 to N153, N159 to N163, T45, T46, T50, T52.

The ceremony itself is proved elsewhere; this shows that nothing of it is lost on the way: every
refusal has one answer, and nothing is written.
"""

from typing import Any

import pytest

from tests.support.encoded import b64url
from tests.support.oauth_answers import check_json
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.software_authenticator import Lies
from tests.support.table_state import stored

UP, UV, BE, BS = 1, 4, 8, 16
REFUSED = {
    "error": "access_denied",
    "error_description": "this passkey cannot sign in here",
}


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


def flip_last(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


LIES = {
    "N146 a challenge never issued": Lies(challenge=b64url(b"c" * 32)),
    "N146 no challenge": Lies(challenge=""),
    "N147 webauthn.create": Lies(type="webauthn.create"),
    "N147 payment.get": Lies(type="payment.get"),
    "N148 T52 http": Lies(origin="http://app.example.com"),
    "N148 T52 another port": Lies(origin="https://app.example.com:8443"),
    "N148 T52 a subdomain": Lies(origin="https://x.app.example.com"),
    "N148 T52 the parent": Lies(origin="https://example.com"),
    "N148 T52 a suffix trick": Lies(origin="https://app.example.com.evil.example"),
    "N148 T52 a prefix trick": Lies(origin="https://badapp.example.com"),
    "N148 T52 punycode": Lies(origin="https://xn--pp-6kc.example.com"),
    "N148 T52 another case": Lies(origin="https://APP.example.com"),
    "N148 T52 a trailing slash": Lies(origin="https://app.example.com/"),
    "N148 null": Lies(origin="null"),
    "N148 missing": Lies(origin=""),
    "N148 an app that is not listed": Lies(origin="android:apk-key-hash:AAAA"),
    "N149 T46 cross-origin": Lies(cross_origin=True),
    "N149 T46 top origin": Lies(cross_origin=True, top_origin="https://evil.example"),
    "N150 another RP ID": Lies(rp_id="example.com"),
    "N151 nobody present": Lies(user_present=False),
    "N152 T45 nobody verified": Lies(user_verified=False),
    "N153 backed up, not eligible": Lies(backup_eligible=False, backup_state=True),
    "7.2-19 eligibility changed": Lies(flags=UP | UV),
    "T50 no flags": Lies(flags=0),
    "N157 attested data in an assertion": Lies(flags=UP | UV | BE | BS | 0x40),
    "N157 trailing bytes": Lies(trailing=b"x"),
    "N157 authenticator data cut": Lies(change_authenticator_data=lambda d: d[:-1]),
    "N159 a bit of the signature": Lies(signature=b"0\x06\x02\x01\x01\x02\x01\x01"),
    "N159 DER junk": Lies(signature=b"\x30\xff\xff"),
    "N159 over other client data": Lies(change_client_data=lambda d: d.replace(b"{", b"{ ", 1)),
    "N159 over other authenticator data": Lies(change_authenticator_data=flip_last),
    "another person's handle": Lies(user_handle=b64url(b"\x00" * 24)),
    "a handle that is none of ours": Lies(user_handle=b64url(b"x")),
    "another credential id": Lies(id=b64url(b"i" * 32), raw_id=b64url(b"i" * 32)),
}


@pytest.mark.parametrize("lies", LIES.values(), ids=LIES)
def test_t50_every_refused_passkey_gets_one_answer_and_nothing_is_written(
    person: SignIn, lies: Lies
) -> None:
    request = person.request()
    before = stored()
    answer = person.authenticate(request, person.assertion(request, lies))
    assert check_json(answer, 400, "access_denied") == REFUSED
    assert stored() == before
    assert person.authenticate(request).status == 200, "the honest answer still works"


MALFORMED = {
    "N162 id differs from rawId": Lies(id=b64url(b"x" * 32)),
    "N162 padded": Lies(id="QUI=", raw_id="QUI="),
    "N162 plain base64": Lies(id="+/+/", raw_id="+/+/"),
    "N162 empty": Lies(id="", raw_id=""),
    "N162 not text": Lies(id=7, raw_id=7),
    "credential id over 1023 bytes": Lies(id=b64url(b"x" * 1024), raw_id=b64url(b"x" * 1024)),
    "user handle over 64 bytes": Lies(user_handle=b64url(b"x" * 65)),
    "user handle empty": Lies(user_handle=""),
    "user handle not text": Lies(user_handle=[1]),
}


@pytest.mark.parametrize("lies", MALFORMED.values(), ids=MALFORMED)
def test_a_response_of_the_wrong_form_is_an_invalid_request(person: SignIn, lies: Lies) -> None:
    request = person.request()
    before = stored()
    answer = person.authenticate(request, person.assertion(request, lies))
    check_json(answer, 400, "invalid_request")
    assert stored() == before


def test_t51_an_assertion_for_another_request_is_refused(person: SignIn) -> None:
    """N146: the challenge of another sign-in."""
    first, second = person.request(), person.request()
    answer = person.authenticate(second, person.assertion(first))
    assert check_json(answer, 400, "access_denied") == REFUSED


STANDING: dict[str, Any] = {
    "N163 T55 identity suspended": lambda p: p.change_identity(status="suspended"),
    "N163 passkey revoked": lambda p: p.change_passkey(state="REVOKED"),
    "passkey of somebody else now": lambda p: p.change_passkey(identity_id="0" * 16),
    "N163 relying party of another realm": lambda p: p.change_config(
        relying_party_id="example.com"
    ),
    "origin no longer expected": lambda p: p.change_config(
        expected_origins=("https://b.example.com",)
    ),
}


@pytest.mark.parametrize("change", STANDING.values(), ids=STANDING)
def test_whoever_may_no_longer_sign_in_looks_like_nobody(platform: Platform, change: Any) -> None:
    """T58: the answer is the one for an unknown passkey, to the letter."""
    person = new_sign_in(platform)
    request = person.request()
    assertion = person.assertion(request)
    change(person)
    before = stored()
    answer = person.authenticate(request, assertion)
    assert check_json(answer, 400, "access_denied") == REFUSED
    assert stored() == before


def test_t58_an_unknown_passkey_has_the_same_answer_headers_and_length(
    platform: Platform, person: SignIn
) -> None:
    stranger = new_sign_in(platform)
    stranger.authenticator.passkeys[0].credential_id = b"u" * 32
    request = person.request()
    unknown = person.authenticate(request, stranger.assertion(request))
    known = person.authenticate(request, person.assertion(request, Lies(signature=b"x")))
    assert unknown.status == known.status == 400
    assert unknown.body == known.body
    assert dict(unknown.headers) == dict(known.headers)


def test_a_passkey_of_another_realm_is_unknown_here(platform: Platform, person: SignIn) -> None:
    """A resource of another realm does not exist, though its signature would verify."""
    realm_id = platform.realm_id
    platform.realm_id = platform.create_realm(platform.management, "Others").id
    try:
        foreigner = new_sign_in(platform)
    finally:
        platform.realm_id = realm_id
    request = person.request()
    answer = person.authenticate(request, foreigner.assertion(request))
    assert check_json(answer, 400, "access_denied") == REFUSED


def test_another_person_of_the_same_realm_may_sign_in_to_any_of_its_applications(
    platform: Platform, person: SignIn
) -> None:
    somebody = new_sign_in(platform)
    request = person.request()
    assert person.authenticate(request, somebody.assertion(request)).status == 200
