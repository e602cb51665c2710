"""Credential binding jobs: creation with a link, reads, revocation."""

from dataclasses import dataclass, replace
from urllib.parse import quote

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
from keybound.domain.ids import AuthenticatorConfigId, IdentityId, JobId, is_hex_id, new_hex_id
from keybound.domain.ids import is_uuid as is_config_id
from keybound.domain.secrets import Randomness, hash_secret, new_secret
from keybound.domain.tenancy import RealmPath

TOKEN_VERSION = 1
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
    """What a caller wants; checked for form."""

    authenticator_config_id: str
    post_binding_redirect_uri: str = ""


def not_found(job_id: str) -> NotFound:
    """Return the one answer for unknown, malformed and foreign ids."""
    return NotFound("CredentialBindingJob", job_id)


def create_return_job(ports: JobPorts, identity: Identity, new: NewJob) -> tuple[BindingJob, str]:
    """Store a job of delivery method RETURN and return it with its link.

    Raises NotFound for the config, BadRequest for the redirect URI, Conflict for an identity that
    is not active.
    """
    path = RealmPath(identity.tenant_id, identity.realm_id)
    config = _config(ports, path, new.authenticator_config_id)
    redirect_uri = new.post_binding_redirect_uri
    if redirect_uri and not is_allowed_redirect(redirect_uri, config):
        raise refuse_field("job.post_binding_redirect_uri", NOT_ALLOWED)
    job, token = _new_job(ports, identity, config, redirect_uri)
    if not identity.is_active or not ports.jobs.create(job):
        raise Conflict("the identity is not active")
    return job, link(ports.auth_base_url, job, token)


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


def _config(ports: JobPorts, path: RealmPath, config_id: str) -> AuthenticatorConfig:
    found = None
    if is_config_id(config_id):
        found = ports.configuration.find_authenticator_config(
            path.tenant_id, path.realm_id, AuthenticatorConfigId(config_id)
        )
    if found is None:
        raise NotFound("AuthenticatorConfig", config_id)
    return found


def _new_job(
    ports: JobPorts, identity: Identity, config: AuthenticatorConfig, redirect_uri: str
) -> tuple[BindingJob, str]:
    now = ports.clock()
    job_id = JobId(new_hex_id(ports.randomness))
    nonce, kid = new_secret(ports.randomness), ports.tokens.current_kid()
    item_id = f"job/{identity.tenant_id}/{identity.realm_id}/{identity.id}/{job_id}"
    token = ports.tokens.derive(item_id, TOKEN_VERSION, nonce, kid)
    job = BindingJob(
        id=job_id,
        tenant_id=identity.tenant_id,
        realm_id=identity.realm_id,
        identity_id=identity.id,
        delivery_method=RETURN,
        state=LINK_SENT,
        authenticator_config_id=config.id,
        token_hash=hash_secret(token),
        token_version=TOKEN_VERSION,
        token_nonce=nonce,
        derive_kid=kid,
        expire_time=now + DEFAULT_LIFETIME_S,
        create_time=now,
        update_time=now,
        post_binding_redirect_uri=redirect_uri,
    )
    return job, token
