"""Identities, jobs and credentials of one realm, for tests below the rooms."""

import os
from dataclasses import replace
from typing import Any

from keybound.domain import binding_job, credential
from keybound.domain.binding_job import BindingJob
from keybound.domain.credential import Credential
from keybound.domain.encoding import b64url
from keybound.domain.identity import Identity
from keybound.domain.ids import RealmId, TenantId
from keybound.domain.secrets import hash_secret
from keybound.domain.tenancy import RealmPath
from keybound.storage.contention import Contention

NOW = 1_800_000_000
REALM = RealmPath(TenantId("0" * 15 + "1"), RealmId("0" * 15 + "2"))
OTHER_REALM = RealmPath(REALM.tenant_id, RealmId("0" * 15 + "3"))
TOKEN = "t" * 64
# COSE_Key of an ES256 public key: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
COSE_KEY = bytes.fromhex("a5010203262001215820" + "11" * 32 + "225820" + "22" * 32)


def impatient() -> Contention:
    """Contention that tries again at once: tests never sleep."""
    return Contention(os.urandom, pause=lambda _seconds: None)


def hex_id() -> Any:
    return os.urandom(8).hex()


def new_identity(username: str = "ada", **changes: Any) -> Identity:
    """Return an active identity that is not stored yet."""
    identity = Identity(
        id=hex_id(),
        tenant_id=REALM.tenant_id,
        realm_id=REALM.realm_id,
        display_name="Ada Lovelace",
        status="active",
        traits={"username": username},
        create_time=NOW,
        update_time=NOW,
    )
    return replace(identity, **changes)


def new_job(owner: Identity, **changes: Any) -> BindingJob:
    """Return an open job of `owner` whose link's token is TOKEN."""
    job = BindingJob(
        id=hex_id(),
        tenant_id=owner.tenant_id,
        realm_id=owner.realm_id,
        identity_id=owner.id,
        delivery_method=binding_job.RETURN,
        state=binding_job.LINK_SENT,
        authenticator_config_id="00000000-0000-4000-8000-000000000000",  # type: ignore[arg-type]
        token_hash=hash_secret(TOKEN),
        token_version=1,
        token_nonce="nonce",
        derive_kid="00000000",
        expire_time=NOW + 3600,
        create_time=NOW,
        update_time=NOW,
    )
    return replace(job, **changes)


def new_credential(job: BindingJob, **changes: Any) -> Credential:
    """Return a passkey that `job` could bind."""
    passkey = Credential(
        id=hex_id(),
        tenant_id=job.tenant_id,
        realm_id=job.realm_id,
        identity_id=job.identity_id,
        state=credential.ACTIVE,
        credential_id=b64url(os.urandom(32)),
        public_key=COSE_KEY,
        algorithm=-7,
        sign_count=0,
        aaguid="00000000-0000-0000-0000-000000000000",
        transports=("internal",),
        backup_eligible=True,
        backup_state=True,
        relying_party_id="app.example.com",
        display_name="Passkey",
        job_id=job.id,
        create_time=NOW,
        update_time=NOW,
    )
    return replace(passkey, **changes)
