"""Admission to a binding link: who holds the right token, from which origin, and is it still open.

The order is the point. Until the token is verified every answer is the same NotFound, so a stranger
learns nothing; then the origin is judged, before anything changes; only then is the holder told
that a link has ended.
"""

from dataclasses import dataclass

from keybound.binding.ports import Configuration, Links
from keybound.binding.redirect_uri import web_origins
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.binding_job import COMPLETE, FAILED_TO_SEND, REVOKED, BindingJob
from keybound.domain.clock import Clock
from keybound.domain.errors import Forbidden, Gone, NotFound
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, JobId, is_hex_id
from keybound.domain.secrets import secret_matches
from keybound.domain.tenancy import RealmPath

_ENDED = {
    COMPLETE: "this link has been used",
    REVOKED: "this link was revoked",
    FAILED_TO_SEND: "this link was withdrawn",
}


@dataclass(frozen=True)
class LinkPath:
    """The ids of a link's address, as they were sent."""

    realm: RealmPath
    identity_id: str
    job_id: str

    def __str__(self) -> str:
        return f"{self.realm}/identities/{self.identity_id}/credential-binding-jobs/{self.job_id}"


@dataclass(frozen=True)
class Link:
    """A link whose token was verified, for an active identity."""

    path: LinkPath
    job: BindingJob
    identity: Identity
    config: AuthenticatorConfig


def not_found() -> NotFound:
    """Return the one answer to everybody who does not hold the right token."""
    return NotFound("CredentialBindingJob")


def admit(links: Links, configuration: Configuration, path: LinkPath, token: str) -> Link:
    """Return the link that `token` opens.

    Raises the same NotFound for a wrong token, an unknown, malformed or foreign id, an identity
    that is gone or suspended, and a config that is gone.
    """
    ids = (path.realm.tenant_id, path.realm.realm_id, path.identity_id, path.job_id)
    if not all(is_hex_id(each) for each in ids):
        raise not_found()
    found = links.find(path.realm, IdentityId(path.identity_id), JobId(path.job_id))
    job, identity = found or (None, None)
    if not secret_matches(token, job.token_hash if job else "") or not job or not identity:
        raise not_found()
    if not identity.is_active:
        raise not_found()
    config = configuration.find_authenticator_config(
        path.realm.tenant_id, path.realm.realm_id, job.authenticator_config_id
    )
    if config is None:
        raise not_found()
    return Link(path, job, identity, config)


def check_origin(link: Link, origin: str) -> None:
    """Raises Forbidden for a browser's call from an origin that the config does not trust; calls
    without an Origin are no matter of CORS."""
    if origin and origin not in web_origins(link.config):
        raise Forbidden("this origin may not use the link")


def check_open(job: BindingJob, clock: Clock) -> None:
    """Raises Gone when the link was used, was revoked, or is past its time."""
    if not job.is_open(clock()):
        raise Gone(_ENDED.get(job.state, "this link has expired"))
