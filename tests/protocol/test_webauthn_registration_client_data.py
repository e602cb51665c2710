"""Registering a credential: WebAuthn L3 §7.1, steps 1 to 12: what the browser says."""

import hashlib
import json
from typing import Any

import pytest
from keybound.ceremonies.registration import PasskeyDescriptor

from tests.support.ceremony import (
    ANDROID,
    CREATE_CHALLENGE,
    ORIGIN,
    Ceremony,
    judge_registration,
    options,
    refused_step,
)
from tests.support.cose_keys import EDDSA, ES256, RS256
from tests.support.encoded import b64url
from tests.support.software_authenticator import Lies, NotAllowed, SoftwareAuthenticator


def refusal_of(lies: Lies, ceremony: Ceremony | None = None) -> str:
    return refused_step(judge_registration, (ceremony or Ceremony()).registration(lies))


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
@pytest.mark.parametrize("attestation", ["none", "packed"])
def test_an_honest_registration_gives_the_record_to_store(algorithm: int, attestation: str) -> None:
    """§7.1 steps 3–25 and 27."""
    authenticator = SoftwareAuthenticator(
        origin=ORIGIN, algorithm=algorithm, attestation=attestation, aaguid=bytes(range(16))
    )
    verified = Ceremony(authenticator).register()

    held = authenticator.passkeys[0]
    assert verified.credential_id == held.credential_id
    assert verified.public_key == held.key.public
    assert verified.algorithm == algorithm
    assert verified.attestation_format == attestation
    assert verified.aaguid == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert (verified.backup_eligible, verified.backup_state) == (True, True)
    assert verified.user_verified is True
    assert verified.sign_count == 0
    assert verified.transports == ("internal", "hybrid")
    assert (verified.attachment, verified.discoverable) == ("platform", True)


def test_a_device_bound_passkey_says_so_and_counts() -> None:
    authenticator = SoftwareAuthenticator(origin=ORIGIN, backup_eligible=False)
    verified = Ceremony(authenticator).register()
    assert (verified.backup_eligible, verified.backup_state) == (False, False)
    assert verified.sign_count == 1


def test_step_1_options_offer_what_is_checked_later() -> None:
    asked = options(exclude_credentials=[PasskeyDescriptor(b"\x01", ("usb",))])
    assert asked["challenge"] == b64url(CREATE_CHALLENGE)
    assert asked["rp"] == {"id": "example.com", "name": "Example"}
    assert [entry["alg"] for entry in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert asked["excludeCredentials"] == [
        {"type": "public-key", "id": "AQ", "transports": ["usb"]}
    ]


def test_step_2_an_authenticator_that_holds_an_excluded_credential_makes_no_other() -> None:
    ceremony = Ceremony()
    known = ceremony.register().credential_id
    with pytest.raises(NotAllowed, match="InvalidStateError"):
        ceremony.authenticator.create(options(exclude_credentials=[PasskeyDescriptor(known)]))


def test_step_3_an_assertion_is_no_registration() -> None:
    assert refused_step(judge_registration, Ceremony().assertion()) == "response_form"


@pytest.mark.parametrize(
    ("results", "discoverable"),
    [
        ({}, None),
        ({"credProps": {}}, None),
        ({"credProps": {"rk": False}}, False),
        ({"credProps": {"rk": "yes"}}, None),
        ({"credProps": 7, "prf": {"enabled": True}, "unsolicited": [1]}, None),
    ],
)
def test_step_4_extension_results_are_optional_and_unknown_ones_ignored(
    results: dict[str, Any], discoverable: bool | None
) -> None:
    response = {**Ceremony().registration(), "clientExtensionResults": results}
    assert judge_registration(response).discoverable is discoverable


@pytest.mark.parametrize(
    "client_data",
    [b"\xff\xfe{}", '{"type":"webauthn.create"}'.encode("utf-16"), b'{"type":"\xc3\x28"}'],
)
def test_step_5_client_data_is_utf_8(client_data: bytes) -> None:
    assert refusal_of(Lies(client_data_json=client_data)) == "client_data_json"


def test_step_5_a_byte_order_mark_is_dropped() -> None:
    honest = {"type": "webauthn.create", "challenge": b64url(CREATE_CHALLENGE), "origin": ORIGIN}
    marked = b"\xef\xbb\xbf" + json.dumps(honest).encode()
    assert judge_registration(Ceremony().registration(Lies(client_data_json=marked)))


@pytest.mark.parametrize(
    "client_data",
    [b"[]", b"null", b"{", b"", b"{} {}", b'{"n":NaN}', b"[" * 4000, b'{"n":' + b"9" * 5000 + b"}"],
)
def test_step_6_client_data_is_one_json_object(client_data: bytes) -> None:
    assert refusal_of(Lies(client_data_json=client_data)) in ("client_data_json", "response_form")


def test_step_6_a_member_that_stands_twice_is_refused() -> None:
    honest = json.dumps({"challenge": b64url(CREATE_CHALLENGE), "origin": ORIGIN})
    doubled = honest[:-1] + ',"type":"webauthn.get","type":"webauthn.create"}'
    assert refusal_of(Lies(client_data_json=doubled.encode())) == "client_data_json"


def test_step_6_unknown_members_are_tolerated() -> None:
    extra = {"extraData": "do not compare clientDataJSON against a template", "nested": {"a": [1]}}
    assert judge_registration(Ceremony().registration(Lies(client_data_members=extra)))


@pytest.mark.parametrize("type_", ["webauthn.get", "payment.get", "WEBAUTHN.CREATE", "", 1, []])
def test_step_7_type_is_webauthn_create(type_: object) -> None:
    """N147."""
    assert refusal_of(Lies(type=type_)) == "client_data_type"


@pytest.mark.parametrize(
    "challenge",
    [
        b64url(hashlib.sha256(b"another ceremony").digest()),
        b64url(CREATE_CHALLENGE) + "=",
        b64url(CREATE_CHALLENGE)[:-1],
        b64url(CREATE_CHALLENGE) + "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "",
        7,
        [b64url(CREATE_CHALLENGE)],
    ],
)
def test_step_8_challenge_is_the_one_that_was_issued(challenge: object) -> None:
    """N146, T51 as far as the verification function sees it."""
    assert refusal_of(Lies(challenge=challenge)) == "challenge"


@pytest.mark.parametrize("origin", [ORIGIN, ANDROID])
def test_step_9_each_listed_origin_is_accepted(origin: str) -> None:
    assert judge_registration(Ceremony().registration(Lies(origin=origin)))


@pytest.mark.parametrize(
    "origin",
    [
        "http://app.example.com",
        "https://app.example.com:444",
        "https://app.example.com:443",
        "https://app.example.com/",
        "https://APP.example.com",
        "https://app.example.com.",
        "https://x.app.example.com",
        "https://example.com",
        "https://app.example.com.evil.test",
        "https://badapp.example.com",
        "https://аpp.example.com",
        "https://xn--pp-8cd.example.com",
        "https://app.example.com@evil.test",
        "null",
        "",
        "android:apk-key-hash:" + "B" * 43,
        "android:apk-key-hash:" + "A" * 42,
        7,
        [ORIGIN],
        {},
    ],
)
def test_step_9_every_other_origin_is_refused(origin: object) -> None:
    """T52, N148: compared exactly, no suffix, scheme, port, case or look-alike passes."""
    assert refusal_of(Lies(origin=origin)) == "origin"


@pytest.mark.parametrize("missing", ["type", "challenge", "origin"])
def test_steps_7_to_9_nothing_may_be_missing(missing: str) -> None:
    members = {"type": "webauthn.create", "challenge": b64url(CREATE_CHALLENGE), "origin": ORIGIN}
    del members[missing]
    expected = {"type": "client_data_type"}.get(missing, missing)
    assert refusal_of(Lies(client_data_json=json.dumps(members).encode())) == expected


@pytest.mark.parametrize("cross_origin", [True, "false", 0, 1, {}])
def test_step_10_a_cross_origin_frame_is_refused(cross_origin: object) -> None:
    """T46, N149."""
    assert refusal_of(Lies(cross_origin=cross_origin)) == "cross_origin"


def test_step_10_cross_origin_may_be_absent() -> None:
    members = {"type": "webauthn.create", "challenge": b64url(CREATE_CHALLENGE), "origin": ORIGIN}
    lies = Lies(client_data_json=json.dumps(members).encode())
    assert judge_registration(Ceremony().registration(lies))


@pytest.mark.parametrize("top_origin", [ORIGIN, "https://portal.test", "", {}])
def test_step_11_a_top_origin_is_refused(top_origin: object) -> None:
    """N149."""
    assert refusal_of(Lies(top_origin=top_origin)) == "top_origin"


def test_step_12_a_packed_statement_signs_the_hash_of_the_client_data() -> None:
    packed = Ceremony(SoftwareAuthenticator(origin=ORIGIN, attestation="packed"))
    reworded = Lies(change_client_data=lambda data: data.replace(b'"crossOrigin":false', b'"a":1'))
    assert refusal_of(reworded, packed) == "attestation_signature"
