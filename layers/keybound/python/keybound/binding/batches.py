"""Batches of binding jobs: creation and reads. `batch_work` makes the jobs, later."""

from dataclasses import dataclass

from keybound.binding.jobs import find_config
from keybound.binding.mailing import NO_SENDER
from keybound.binding.ports import Configuration
from keybound.binding.ports_batches import Batches
from keybound.binding.redirect_uri import NOT_ALLOWED, is_allowed_redirect
from keybound.domain.binding_batch import BATCH_KEPT_S, BatchProgress, BindingBatch, progress_of
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound, ResourceInfo, UnprocessableEntity, refuse_field
from keybound.domain.ids import BatchId, IdentityId, is_hex_id, new_hex_id
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath

KIND = "BatchCredentialBindingJob"
_REDIRECT_URI = "batch_credential_binding_job.job_template.post_binding_redirect_uri"


@dataclass(frozen=True)
class BatchPorts:
    """What these flows work on. mails: whether the deployment has a sender."""

    batches: Batches
    configuration: Configuration
    clock: Clock
    randomness: Randomness
    mails: bool


@dataclass(frozen=True)
class NewBatch:
    """What a caller wants; checked for form. adding_proof: BY_SCOPE or empty."""

    identity_ids: frozenset[IdentityId]
    authenticator_config_id: str
    post_binding_redirect_uri: str = ""
    adding_proof: str = ""


def create_batch(
    ports: BatchPorts,
    path: RealmPath,
    new: NewBatch,
    receipt: Receipt[BatchProgress] = no_receipt,
) -> BatchProgress:
    """Queue a job by mail for each identity, and return the batch.

    Identities are looked at when their turn comes. Raises NotFound for the config, BadRequest for
    the redirect URI, UnprocessableEntity in a deployment without a sender, TooManyRequests for more
    than the realm's queue has room for; then nothing is queued.
    """
    config = find_config(ports.configuration, path, new.authenticator_config_id)
    redirect_uri = new.post_binding_redirect_uri
    if redirect_uri and not is_allowed_redirect(redirect_uri, config):
        raise refuse_field(_REDIRECT_URI, NOT_ALLOWED)
    if not ports.mails:
        raise UnprocessableEntity(NO_SENDER, resource=ResourceInfo(KIND, "", NO_SENDER))
    now = ports.clock()
    batch = BindingBatch(
        id=BatchId(new_hex_id(ports.randomness)),
        tenant_id=path.tenant_id,
        realm_id=path.realm_id,
        identity_ids=tuple(sorted(new.identity_ids)),
        authenticator_config_id=config.id,
        create_time=now,
        expires_at=now + BATCH_KEPT_S,
        post_binding_redirect_uri=redirect_uri,
        adding_proof=new.adding_proof,
    )
    made = progress_of(batch, {})
    ports.batches.create(batch, receipt(made))
    return made


def get_batch(ports: BatchPorts, path: RealmPath, batch_id: str) -> BatchProgress:
    """Return a batch and how far it is. Raises NotFound, also for one of a realm that is gone."""
    found = None
    if is_hex_id(batch_id) and ports.configuration.find_realm(path.tenant_id, path.realm_id):
        found = ports.batches.find(path, BatchId(batch_id), ports.clock())
    if found is None:
        raise NotFound(KIND, batch_id)
    return found
