"""Judges a passkey's assertion: whose it is, whether that one may sign in, and its proof.

One text covers every refused passkey, unknown ids included, so that nothing is learned about who
has which passkey.
"""

from dataclasses import dataclass

from keybound.ceremonies.authentication import (
    AssertionHead,
    RegisteredPasskey,
    VerifiedAssertion,
    read_assertion,
    verify_assertion,
)
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.relying_party import RelyingParty
from keybound.domain.application import Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.identity import Identity, identity_of_user_handle, user_handle
from keybound.oauth.errors import AccessDenied, InvalidRequest
from keybound.oauth.ports import PasskeyReader
from keybound.oauth.standing import may_sign_in

REFUSED = "this passkey cannot sign in here"


@dataclass(frozen=True)
class Assertion:
    """A good assertion and who made it, as they are stored now."""

    identity: Identity
    credential: Credential
    verified: VerifiedAssertion


def judge_assertion(
    passkeys: PasskeyReader,
    application: Application,
    config: AuthenticatorConfig,
    challenge: bytes,
    response: object,
) -> Assertion:
    """Return the assertion if it is good (WebAuthn L3 §7.2).

    Raises InvalidRequest for what is no AuthenticationResponseJSON, AccessDenied for every refused
    passkey, Unavailable.
    """
    try:
        head = read_assertion(response)
    except CeremonyRefused as error:
        raise InvalidRequest("the credential is malformed", detail=error.detail) from error
    identity, credential = _owner(passkeys, application, head)
    return Assertion(
        identity, credential, _verified(response, config, challenge, identity, credential)
    )


def _owner(
    passkeys: PasskeyReader, application: Application, head: AssertionHead
) -> tuple[Identity, Credential]:
    """Read identity and credential in one batch; refuse unless both are in good standing."""
    owner = identity_of_user_handle(head.user_handle)
    t, r = application.tenant_id, application.realm_id
    if owner is None or owner[:2] != (t, r):
        raise AccessDenied(REFUSED, detail="user handle of another realm")
    found = passkeys.read(t, r, owner[2], credential_hash(head.credential_id))
    identity, credential = found.identity, found.credential
    if identity is None or credential is None or not may_sign_in(identity, credential):
        raise AccessDenied(REFUSED, detail="unknown, revoked, suspended or somebody else's")
    return identity, credential


def _verified(
    response: object,
    config: AuthenticatorConfig,
    challenge: bytes,
    identity: Identity,
    credential: Credential,
) -> VerifiedAssertion:
    relying_party = RelyingParty(
        config.relying_party_id, config.display_name, config.expected_origins
    )
    try:
        return verify_assertion(
            response=response,
            expected_challenge=challenge,
            relying_party=relying_party,
            passkey=RegisteredPasskey(
                credential_id=from_b64url(credential.credential_id),
                public_key=credential.public_key,
                sign_count=credential.sign_count,
                backup_eligible=credential.backup_eligible,
                backup_state=credential.backup_state,
            ),
            expected_user_handle=user_handle(identity),
        )
    except CeremonyRefused as error:
        raise AccessDenied(REFUSED, detail=f"{error.step}: {error.detail}") from error
