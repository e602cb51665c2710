"""PublicKeyCredentialCreationOptionsJSON as browsers parse it (WebAuthn L3 §5.1.9, §5.4)."""

import json
from typing import Any

import pytest
from keybound.ceremonies.registration import PasskeyDescriptor

from tests.support.ceremony import CREATE_CHALLENGE, USER_ID, options
from tests.support.encoded import b64url


def test_the_options_ask_for_a_discoverable_user_verifying_passkey() -> None:
    assert options() == {
        "rp": {"id": "example.com", "name": "Example"},
        "user": {"id": b64url(USER_ID), "name": "ada", "displayName": "Ada Lovelace"},
        "challenge": b64url(CREATE_CHALLENGE),
        "pubKeyCredParams": [
            {"type": "public-key", "alg": -7},
            {"type": "public-key", "alg": -8},
            {"type": "public-key", "alg": -257},
        ],
        "timeout": 300_000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "extensions": {"credProps": True},
    }


def test_names_travel_as_inert_text() -> None:
    """T13."""
    name = "<img onerror=x> \u202e\r\n\"'"
    sent = json.loads(json.dumps(options(user_name=name, user_display_name=name)))
    assert (sent["user"]["name"], sent["user"]["displayName"]) == (name, name)


def test_known_passkeys_are_excluded_with_their_transports() -> None:
    known = [PasskeyDescriptor(b"\xfb\xff", ("usb", "nfc")), PasskeyDescriptor(b"\x00")]
    assert options(exclude_credentials=known)["excludeCredentials"] == [
        {"type": "public-key", "id": "-_8", "transports": ["usb", "nfc"]},
        {"type": "public-key", "id": "AA"},
    ]


def test_the_shortest_challenge_and_the_longest_user_id_are_accepted() -> None:
    asked = options(challenge=b"c" * 16, user_id=b"u" * 64)
    assert (asked["challenge"], asked["user"]["id"]) == (b64url(b"c" * 16), b64url(b"u" * 64))


@pytest.mark.parametrize(
    "changes",
    [{"user_id": b""}, {"user_id": b"u" * 65}, {"challenge": b""}, {"challenge": b"c" * 15}],
)
def test_a_caller_that_breaks_the_limits_is_told(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="bytes"):
        options(**changes)
