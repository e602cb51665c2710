"""The two calls of binding: options for the authenticator; then its answer spends the link."""

from dataclasses import dataclass, replace
from typing import Any

from keybound.binding.adding import check_link_may_add
from keybound.binding.links import Link, check_open, not_found
from keybound.binding.ports import (
    Completed,
    Completion,
    Configuration,
    Links,
    Outcome,
    SessionSealer,
)
from keybound.binding.redirect_uri import is_allowed_redirect
from keybound.binding.session import open_session, seal_session
from keybound.ceremonies.registration import (
    PasskeyDescriptor,
    VerifiedRegistration,
    creation_options,
    verify_registration,
)
from keybound.ceremonies.relying_party import RelyingParty
from keybound.domain.binding_job import LINK_SENT
from keybound.domain.clock import Clock
from keybound.domain.credential import ACTIVE, DEFAULT_NAME, Credential
from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.errors import Conflict, Unavailable
from keybound.domain.identity import MAX_ACTIVE_PASSKEYS, user_handle
from keybound.domain.ids import CredentialId, new_hex_id
from keybound.domain.passkey_signals import PasskeySignals, signals_of
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm, Tenant
from keybound.domain.theme import Theme

CHALLENGE_BYTES = 32
_TRIES = 6


@dataclass(frozen=True)
class CeremonyPorts:
    """What binding works on."""

    links: Links
    completion: Completion
    configuration: Configuration
    sealer: SessionSealer
    clock: Clock
    randomness: Randomness


@dataclass(frozen=True)
class Begun:
    """A ceremony that may start. public_key: PublicKeyCredentialCreationOptionsJSON."""

    public_key: dict[str, Any]
    binding_session: str
    tenant: Tenant
    realm: Realm
    theme: Theme | None = None


@dataclass(frozen=True)
class Answer:
    """What the app sends back. credential: a decoded RegistrationResponseJSON, unchecked."""

    binding_session: str
    credential: object
    display_name: str = ""


@dataclass(frozen=True)
class Bound:
    """A passkey that exists now, and where the person may go on, if anywhere."""

    credential: Credential
    post_binding_redirect_uri: str
    signals: PasskeySignals | None = None


def begin_binding(ports: CeremonyPorts, link: Link) -> Begun:
    """Mark the link as opened and return a fresh ceremony. Raises Gone, Conflict, Forbidden for an
    identity that has a passkey while the link is good for a first one only, Unavailable."""
    check_open(link.job, ports.clock)
    _check_addition(ports, link)
    tenant = ports.configuration.find_tenant(link.job.tenant_id)
    realm = ports.configuration.find_realm(link.job.tenant_id, link.job.realm_id)
    if tenant is None or realm is None:
        raise not_found()
    challenge = ports.randomness(CHALLENGE_BYTES)
    options = creation_options(
        relying_party=_relying_party(link, realm.display_name),
        user_id=user_handle(link.identity),
        user_name=link.identity.username,
        user_display_name=link.identity.display_name,
        challenge=challenge,
        exclude_credentials=[
            PasskeyDescriptor(from_b64url(known.credential_id), known.transports)
            for known in link.identity.passkeys
        ],
    )
    session = seal_session(ports.sealer, link, challenge, ports.clock())
    if link.job.state == LINK_SENT:
        check_open(ports.links.mark_opened(link.job, ports.clock()), ports.clock)
    theme = ports.configuration.find_theme(link.job.tenant_id, link.job.realm_id)
    return Begun(options, session, tenant, realm, theme)


def complete_binding(ports: CeremonyPorts, link: Link, answer: Answer) -> Bound:
    """Verify the authenticator's answer and spend the link on it.

    Raises Gone for a link that has ended meanwhile, BadRequest for the session, CeremonyRefused for
    the answer, Conflict for a passkey the realm knows or one too many, Forbidden for another
    passkey where the link is good for a first one only. None of these spends it.
    """
    check_open(link.job, ports.clock)
    challenge = open_session(ports.sealer, link, answer.binding_session, ports.clock())
    verified = verify_registration(
        response=answer.credential,
        expected_challenge=challenge,
        relying_party=_relying_party(link, link.config.display_name),
    )
    credential = _credential(ports, link, verified, answer.display_name)
    for _ in range(_TRIES):
        _check_addition(ports, link)
        completed = ports.completion.complete(credential, link.job, link.identity, ports.clock())
        if completed.outcome is not Outcome.IDENTITY_CHANGED:
            _check_completed(completed, ports.clock)
            return Bound(credential, _redirect_uri(link), _signals(link, credential))
        link = _as_it_is_now(ports, link)
    raise Unavailable(detail="lost every race for the identity")


def _signals(link: Link, bound: Credential) -> PasskeySignals | None:
    """The transaction asked for this identity's very epoch, so with `bound` its list is whole."""
    return signals_of(link.identity, bound.relying_party_id, bound.credential_id, added=True)


def _as_it_is_now(ports: CeremonyPorts, link: Link) -> Link:
    """Judge again after another change to the identity, for example a second link's binding."""
    found = ports.links.find(link.path.realm, link.identity.id, link.job.id)
    if found is None or not found[1].is_active:
        raise not_found()
    check_open(found[0], ports.clock)
    return replace(link, job=found[0], identity=found[1])


def _check_completed(completed: Completed, clock: Clock) -> None:
    if completed.outcome is Outcome.LINK_ENDED:
        if completed.job is None:
            raise not_found()
        check_open(completed.job, clock)
        raise not_found()  # open, yet another token's: this one opens nothing any more
    if completed.outcome is Outcome.CREDENTIAL_EXISTS:
        raise Conflict("this passkey is already registered")


def _check_addition(ports: CeremonyPorts, link: Link) -> None:
    """Judge the very identity whose epoch the transaction will ask for."""
    check_link_may_add(link.config, link.identity, link.job, ports.clock())
    if len(link.identity.passkeys) >= MAX_ACTIVE_PASSKEYS:
        raise Conflict(f"the identity has {MAX_ACTIVE_PASSKEYS} passkeys already")


def _relying_party(link: Link, name: str) -> RelyingParty:
    return RelyingParty(link.config.relying_party_id, name, link.config.expected_origins)


def _redirect_uri(link: Link) -> str:
    """The config may have changed since the job was made, so the rule is applied at use too."""
    uri = link.job.post_binding_redirect_uri
    return uri if uri and is_allowed_redirect(uri, link.config) else ""


def _credential(
    ports: CeremonyPorts, link: Link, verified: VerifiedRegistration, display_name: str
) -> Credential:
    now = ports.clock()
    return Credential(
        id=CredentialId(new_hex_id(ports.randomness)),
        tenant_id=link.job.tenant_id,
        realm_id=link.job.realm_id,
        identity_id=link.identity.id,
        state=ACTIVE,
        credential_id=b64url(verified.credential_id),
        public_key=verified.public_key,
        algorithm=verified.algorithm,
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        transports=verified.transports,
        backup_eligible=verified.backup_eligible,
        backup_state=verified.backup_state,
        relying_party_id=link.config.relying_party_id,
        display_name=display_name or DEFAULT_NAME,
        job_id=link.job.id,
        create_time=now,
        update_time=now,
    )
