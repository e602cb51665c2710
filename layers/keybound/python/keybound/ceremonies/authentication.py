"""Signing in with a passkey: the checks of WebAuthn L3 §7.2.

docs/webauthn.md lists every step of §7.2 with the place of its check or the reason for none.
"""

import hmac
from dataclasses import dataclass

from webauthn import verify_authentication_response

from keybound.ceremonies.authenticator_data import (
    AuthenticatorData,
    Flags,
    check_authenticator_data,
    read_authenticator_data,
)
from keybound.ceremonies.client_data import GET, check_client_data
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.relying_party import RelyingParty
from keybound.ceremonies.response_form import AuthenticationForm, read_authentication_form
from keybound.ceremonies.untrusted import refused_as


@dataclass(frozen=True)
class AssertionHead:
    """Whom an assertion claims to be from; enough to look the passkey up, nothing is verified."""

    credential_id: bytes
    user_handle: bytes


@dataclass(frozen=True)
class RegisteredPasskey:
    """The stored part of a passkey that an assertion is judged by (§4, credential record)."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backup_state: bool


@dataclass(frozen=True)
class VerifiedAssertion:
    """What a good assertion says about its passkey.

    sign_count: as sent. counter_moved: it is greater than the stored one, so store it.
    clone_suspected: not greater though counters are in use; only ever true on a synced passkey.
    """

    sign_count: int
    backup_state: bool
    user_verified: bool
    counter_moved: bool
    clone_suspected: bool


def read_assertion(response: object) -> AssertionHead:
    """Check the form of a decoded AuthenticationResponseJSON, before anything is looked up.

    Raises CeremonyRefused.
    """
    form = read_authentication_form(response)
    return AssertionHead(form.credential_id, form.user_handle)


def verify_assertion(
    *,
    response: object,
    expected_challenge: bytes,
    relying_party: RelyingParty,
    passkey: RegisteredPasskey,
    expected_user_handle: bytes,
) -> VerifiedAssertion:
    """Verify a decoded AuthenticationResponseJSON against a stored passkey (§7.2 steps 3–23).

    expected_user_handle: user.id of the passkey's owner. Updating the record is the caller's part
    (step 24). Raises CeremonyRefused for everything else than a good assertion, however damaged.
    """
    form = read_authentication_form(response)
    _check_ownership(form, passkey, expected_user_handle)
    check_client_data(
        form.client_data_json,
        ceremony=GET,
        expected_challenge=expected_challenge,
        relying_party=relying_party,
    )
    data = read_authenticator_data(form.authenticator_data)
    check_authenticator_data(data, relying_party)
    if data.has(Flags.BE) is not passkey.backup_eligible:
        raise CeremonyRefused("backup_eligibility", detail="BE differs from registration")
    _check_signature(form, expected_challenge, relying_party, passkey)
    counter_moved, clone_suspected = _judge_counter(data, passkey)
    return VerifiedAssertion(
        sign_count=data.sign_count,
        backup_state=data.has(Flags.BS),
        user_verified=data.has(Flags.UV),
        counter_moved=counter_moved,
        clone_suspected=clone_suspected,
    )


def _check_ownership(
    form: AuthenticationForm, passkey: RegisteredPasskey, expected_user_handle: bytes
) -> None:
    if not hmac.compare_digest(form.credential_id, passkey.credential_id):
        raise CeremonyRefused("credential_id", detail="an assertion by another passkey")
    if not hmac.compare_digest(form.user_handle, expected_user_handle):
        raise CeremonyRefused("user_handle", detail="not that of the passkey's owner")


def _check_signature(
    form: AuthenticationForm,
    expected_challenge: bytes,
    relying_party: RelyingParty,
    passkey: RegisteredPasskey,
) -> None:
    """Let the library verify the whole response, its signature above all.

    It is told a stored count of 0, since it would refuse every counter that did not move.
    """
    with refused_as("signature"):
        verify_authentication_response(
            credential=form.as_json(),
            expected_challenge=expected_challenge,
            expected_rp_id=relying_party.id,
            expected_origin=list(relying_party.expected_origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )


def _judge_counter(data: AuthenticatorData, passkey: RegisteredPasskey) -> tuple[bool, bool]:
    """Return (moved, clone suspected) for the signature counter (§6.1.1, §7.2 step 22).

    Both zero: the authenticator has none. Greater: it moved. Otherwise two copies of the key may be
    in use: normal for a synced passkey, so only recorded there, and refused on a device-bound one.
    """
    if data.sign_count == 0 and passkey.sign_count == 0:
        return False, False
    if data.sign_count > passkey.sign_count:
        return True, False
    if not passkey.backup_eligible:
        raise CeremonyRefused("sign_count", detail="the counter did not move")
    return False, True
