"""Credential binding jobs: creation with a link, reads, revocation."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from keybound.binding.adding import NO_PROOF, AddingProof, check_may_add
from keybound.binding.ports import Configuration, Jobs, TokenSource
from keybound.binding.redirect_uri import NOT_ALLOWED, is_allowed_redirect
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.binding_job import (
    DEFAULT_LIFETIME_S,
    EXPIRED,
    LINK_SENT,
    OPEN_STATES,
    RETURN,
    REVOKED,
    BindingJob,
)
from keybound.domain.clock import Clock
from keybound.domain.errors import Conflict, NotFound, Unavailable, refuse_field
from keybound.domain.identity import Identity
from keybound.domain.ids import (
    AuthenticatorConfigId,
    BatchId,
    IdentityId,
    JobId,
    is_hex_id,
    new_hex_id,
)
from keybound.domain.ids import is_uuid as is_config_id
from keybound.domain.receipt import Derivation, Receipt, no_receipt
from keybound.domain.secrets import Randomness, hash_secret, new_secret
from keybound.domain.tenancy import RealmPath

TOKEN_VERSION = 1
NOT_ACTIVE = "the identity is not active"
_TRIES = 3


@dataclass(frozen=True)
class JobPorts:
    """What these flows work on."""

    jobs: Jobs
    configuration: Configuration
    tokens: TokenSource
    clock: Clock
    randomness: Randomness
    auth_base_url: str


@dataclass(frozen=True)
class NewJob:
    """What a caller wants; checked for form. expires_in: seconds. proof: what the caller showed.
    batch_id: of the batch that wants it, if one does."""

    authenticator_config_id: str
    post_binding_redirect_uri: str = ""
    expires_in: int = DEFAULT_LIFETIME_S
    proof: AddingProof = NO_PROOF
    batch_id: BatchId | None = None


def not_found(job_id: str) -> NotFound:
    """Return the one answer for unknown, malformed and foreign ids."""
    return NotFound("CredentialBindingJob", job_id)


def create_return_job(
    ports: JobPorts,
    identity: Identity,
    new: NewJob,
    receipt: Receipt[tuple[BindingJob, str]] = no_receipt,
) -> tuple[BindingJob, str]:
    """Store a job of delivery method RETURN and return it with its link.

    Raises NotFound for the config, BadRequest for the redirect URI, Conflict for an identity that
    is not active, Forbidden for one that has a passkey when no sufficient proof was shown.
    """
    job, token = new_job(ports, identity, judge_new_job(ports, identity, new), new)
    made = (job, link(ports.auth_base_url, job, token))
    if not ports.jobs.create(job, receipt(made)):
        raise Conflict(NOT_ACTIVE)
    return made


def judge_new_job(ports: JobPorts, identity: Identity, new: NewJob) -> AuthenticatorConfig:
    """Return the config of a job that may be made. Raises as `create_return_job` does."""
    path = RealmPath(identity.tenant_id, identity.realm_id)
    config = find_config(ports.configuration, path, new.authenticator_config_id)
    redirect_uri = new.post_binding_redirect_uri
    if redirect_uri and not is_allowed_redirect(redirect_uri, config):
        raise refuse_field("job.post_binding_redirect_uri", NOT_ALLOWED)
    if not identity.is_active:
        raise Conflict(NOT_ACTIVE)
    check_may_add(config, identity, new.proof, ports.clock())
    return config


def token_derivation(job: BindingJob) -> Derivation:
    """Return how the token of a job's present link is derived."""
    where = f"{job.tenant_id}/{job.realm_id}/{job.identity_id}"
    return Derivation(f"job/{where}/{job.id}", job.token_version, job.token_nonce, job.derive_kid)


def get_job(ports: JobPorts, path: RealmPath, identity_id: str, job_id: str) -> BindingJob:
    """Return a job of that identity. Raises NotFound."""
    found = None
    if is_hex_id(identity_id) and is_hex_id(job_id):
        found = ports.jobs.find(path, IdentityId(identity_id), JobId(job_id))
    if found is None:
        raise not_found(job_id)
    return as_of(found, ports.clock())


def revoke_job(ports: JobPorts, path: RealmPath, identity_id: str, job_id: str) -> BindingJob:
    """End an open job; a revoked one is returned as it is. Raises NotFound, Conflict for a job that
    is complete or has expired."""
    for _ in range(_TRIES):
        job = get_job(ports, path, identity_id, job_id)
        if job.state == REVOKED:
            return job
        if job.state not in OPEN_STATES:
            raise Conflict("the credential binding job has ended")
        revoked = ports.jobs.revoke(job, ports.clock())
        if revoked is not None:
            return revoked
    raise Unavailable(detail="lost every race for the job")


def as_of(job: BindingJob, now: int) -> BindingJob:
    """Return the job as it is at `now`: past its time it is EXPIRED, whatever is stored."""
    if job.state in OPEN_STATES and not job.is_open(now):
        return replace(job, state=EXPIRED)
    return job


def link(auth_base_url: str, job: BindingJob, token: str) -> str:
    """Return the address that opens the job for whoever holds it."""
    return (
        f"{auth_base_url}/v1/tenants/{job.tenant_id}/realms/{job.realm_id}"
        f"/identities/{job.identity_id}/credential-binding-jobs/{job.id}"
        f":invokeAuthenticator?token={quote(token, safe='')}"
    )


def find_config(
    configuration: Configuration, path: RealmPath, config_id: str
) -> AuthenticatorConfig:
    """Return a config of the realm. Raises NotFound."""
    found = None
    if is_config_id(config_id):
        found = configuration.find_authenticator_config(
            path.tenant_id, path.realm_id, AuthenticatorConfigId(config_id)
        )
    if found is None:
        raise NotFound("AuthenticatorConfig", config_id)
    return found


def new_job(
    ports: JobPorts, identity: Identity, config: AuthenticatorConfig, new: NewJob
) -> tuple[BindingJob, str]:
    """Return a job of delivery method RETURN, not stored yet, and its link's token."""
    now = ports.clock()
    job = BindingJob(
        id=JobId(new_hex_id(ports.randomness)),
        tenant_id=identity.tenant_id,
        realm_id=identity.realm_id,
        identity_id=identity.id,
        delivery_method=RETURN,
        state=LINK_SENT,
        authenticator_config_id=config.id,
        token_hash="",
        token_version=TOKEN_VERSION,
        token_nonce=new_secret(ports.randomness),
        derive_kid=ports.tokens.current_kid(),
        expire_time=now + new.expires_in,
        lifetime_s=new.expires_in,
        create_time=now,
        update_time=now,
        post_binding_redirect_uri=new.post_binding_redirect_uri,
        adding_proof=new.proof.kind,
        signed_in_at=new.proof.signed_in_at,
        batch_id=new.batch_id,
    )
    token = derived_token(ports, job)
    return replace(job, token_hash=hash_secret(token)), token


def derived_token(ports: JobPorts, job: BindingJob) -> str:
    """Return the token of the job's present link: the same as often as it is asked for."""
    how = token_derivation(job)
    return ports.tokens.derive(how.item_id, how.version, how.nonce, how.kid)
