"""One relying party, one passkey and the two verification functions, ready to be attacked."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pytest
from keybound.ceremonies.authentication import (
    RegisteredPasskey,
    VerifiedAssertion,
    verify_assertion,
)
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.registration import (
    VerifiedRegistration,
    creation_options,
    verify_registration,
)
from keybound.ceremonies.relying_party import RelyingParty

from tests.support.software_authenticator import HONEST, Lies, SoftwareAuthenticator

ORIGIN = "https://app.example.com"
ANDROID = "android:apk-key-hash:" + "A" * 43
RELYING_PARTY = RelyingParty("example.com", "Example", (ORIGIN, ANDROID))
CREATE_CHALLENGE = hashlib.sha256(b"create").digest()
GET_CHALLENGE = hashlib.sha256(b"get").digest()
USER_ID = hashlib.sha256(b"user").digest()[:16]


def options(**changes: Any) -> dict[str, Any]:
    """Creation options of the one user."""
    arguments: dict[str, Any] = {
        "relying_party": RELYING_PARTY,
        "user_id": USER_ID,
        "user_name": "ada",
        "user_display_name": "Ada Lovelace",
        "challenge": CREATE_CHALLENGE,
        "exclude_credentials": (),
    }
    return creation_options(**{**arguments, **changes})


@dataclass
class Ceremony:
    """Registers on first use, then signs in. Each call takes lies to tell."""

    authenticator: SoftwareAuthenticator = field(
        default_factory=lambda: SoftwareAuthenticator(origin=ORIGIN)
    )
    stored: RegisteredPasskey | None = None

    def registration(self, lies: Lies = HONEST) -> dict[str, Any]:
        return self.authenticator.create(options(), lies=lies)

    def register(self, lies: Lies = HONEST) -> VerifiedRegistration:
        verified = judge_registration(self.registration(lies))
        self.stored = RegisteredPasskey(
            credential_id=verified.credential_id,
            public_key=verified.public_key,
            sign_count=verified.sign_count,
            backup_eligible=verified.backup_eligible,
            backup_state=verified.backup_state,
        )
        return verified

    def assertion(self, lies: Lies = HONEST) -> dict[str, Any]:
        self.passkey()
        return self.authenticator.get(RELYING_PARTY.id, GET_CHALLENGE, lies=lies)

    def passkey(self) -> RegisteredPasskey:
        if self.stored is None:
            self.register()
        assert self.stored is not None
        return self.stored

    def sign_in(self, lies: Lies = HONEST) -> VerifiedAssertion:
        return judge_assertion(self.assertion(lies), self.passkey())


def judge_registration(response: object, **changes: Any) -> VerifiedRegistration:
    arguments: dict[str, Any] = {
        "expected_challenge": CREATE_CHALLENGE,
        "relying_party": RELYING_PARTY,
    }
    return verify_registration(response=response, **{**arguments, **changes})


def judge_assertion(
    response: object, passkey: RegisteredPasskey, **changes: Any
) -> VerifiedAssertion:
    arguments: dict[str, Any] = {
        "expected_challenge": GET_CHALLENGE,
        "relying_party": RELYING_PARTY,
        "expected_user_handle": USER_ID,
    }
    return verify_assertion(response=response, passkey=passkey, **{**arguments, **changes})


def refused_step(judge: Any, *arguments: Any, **keywords: Any) -> str:
    """The step that refuses. Fails the test if none does."""
    with pytest.raises(CeremonyRefused) as refusal:
        judge(*arguments, **keywords)
    assert str(refusal.value) == "the passkey response was refused"
    return refusal.value.step
