"""Makes what no request may make: sealing keys, published signing keys, tenants.

Every step is safe to repeat: it writes on condition of absence and says what it found. Storage is
reached through `keybound.storage` alone, so a deployment and the development server are made alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import (
    CLIENT_CREDENTIALS,
    CONFIDENTIAL,
    OAUTH2,
    Application,
    ResourceServer,
)
from keybound.domain.clock import Clock
from keybound.domain.ids import (
    ApplicationId,
    RealmId,
    ResourceServerId,
    TenantId,
    new_hex_id,
    new_uuid,
)
from keybound.domain.issuer import issuer_url, management_audience
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.domain.sealing_key import PURPOSES, WrappedKey
from keybound.domain.secrets import Randomness, hash_secret, new_secret
from keybound.domain.signing_key import NEXT
from keybound.domain.tenancy import Realm, Tenant
from keybound.signing.kms import describe_key
from keybound.signing.rotation import Rotation
from keybound.signing.rotation_steps import RotationRefused
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.signing_keys import SigningKeys
from keybound.storage.table import Table, TransactionFailed

MANAGEMENT_TOKEN_LIFETIME_S = 3600


@dataclass(frozen=True)
class Deployment:
    """Where to write. `kms` returns a KMS client that may use the key `sealing_key_id`."""

    directory: Table
    kms: Callable[[], Any]
    sealing_key_id: str
    auth_base_url: str
    api_base_url: str
    clock: Clock
    randomness: Randomness


@dataclass(frozen=True)
class ManagementClient:
    """A tenant's managed application. client_secret is None unless this call made the tenant:
    only its hash is stored, so it can be shown once."""

    tenant_id: TenantId
    admin_realm_id: RealmId
    application_id: ApplicationId
    resource_server_id: ResourceServerId
    client_id: str
    client_secret: str | None
    issuer: str

    @property
    def token_endpoint(self) -> str:
        return f"{self.issuer}/token"


def create_sealing_keys(deployment: Deployment) -> list[str]:
    """Give every purpose that has no key its first one; return those purposes.

    Each is a 32-byte KMS data key under the encryption context `purpose`; its plaintext never
    leaves KMS.
    """
    stored = SealingKeys(deployment.directory)
    lacking = [purpose for purpose in PURPOSES if not stored.of(purpose)]
    for purpose in lacking:
        answer = deployment.kms().generate_data_key_without_plaintext(
            KeyId=deployment.sealing_key_id,
            NumberOfBytes=32,
            EncryptionContext={"purpose": purpose},
        )
        kid = deployment.randomness(4).hex()
        stored.create(WrappedKey(purpose, kid, answer["CiphertextBlob"], deployment.clock()))
    return lacking


def publish_signing_keys(deployment: Deployment, kms_key_ids: tuple[str, ...]) -> list[str]:
    """Publish KMS signing keys (RSA_2048, ECC_NIST_P256); return the ids of the new ones.

    The first key of its algorithm becomes `current`; a further one is published as `next`.
    """
    published = SigningKeys(deployment.directory)
    rotation = Rotation(published, deployment.clock, deployment.randomness)
    known, created = {key.kid for key in published.all()}, []
    for kms_key_id in kms_key_ids:
        key = describe_key(deployment.kms(), kms_key_id, status=NEXT, create_time=0)
        if key.kid in known:
            continue
        try:
            rotation.publish(key)
        except RotationRefused:
            continue  # retired, or another key is next: that is for `keybound keys` to change
        created.append(key.kid)
    return created


def create_tenant(
    deployment: Deployment, display_name: str, tenant_id: TenantId | None = None
) -> ManagementClient:
    """Make a tenant with its admin realm, managed resource server and managed application.

    All four or none are written. With the id of a tenant that exists, nothing is changed and its
    client is returned without a secret.
    """
    tenant_id = tenant_id or TenantId(new_hex_id(deployment.randomness))
    secret = new_secret(deployment.randomness, 48)
    writes, client = _tenant_writes(deployment, tenant_id, display_name, secret)
    try:
        deployment.directory.transact(writes, new_uuid(deployment.randomness))
    except TransactionFailed:
        return _find_tenant(deployment, tenant_id)
    return client


def _tenant_writes(
    deployment: Deployment, t: TenantId, display_name: str, secret: str
) -> tuple[list[dict[str, Any]], ManagementClient]:
    now, random = deployment.clock(), deployment.randomness
    realm = Realm(RealmId(new_hex_id(random)), t, "Admin realm", now, now, is_admin=True)
    server = ResourceServer(
        ResourceServerId(new_uuid(random)),
        t,
        realm.id,
        "Management API",
        management_audience(deployment.api_base_url, t),
        MANAGEMENT_SCOPES,
        now,
        now,
        is_managed=True,
    )
    application = _managed_application(deployment, server, secret)
    rows = (
        (keys.tenant(t), Tenant(t, display_name, now, now)),
        (keys.realm(t, realm.id), realm),
        (keys.resource_server(t, realm.id, server.id), server),
        (keys.application(t, realm.id, application.id), application),
    )
    writes = [
        deployment.directory.put_write({**key._asdict(), **encode(entity)}, _ABSENT)
        for key, entity in rows
    ]
    return writes, _client(deployment, application, secret)


_ABSENT = "attribute_not_exists(pk)"


def _managed_application(
    deployment: Deployment, server: ResourceServer, secret: str
) -> Application:
    return Application(
        id=ApplicationId(new_uuid(deployment.randomness)),
        tenant_id=server.tenant_id,
        realm_id=server.realm_id,
        display_name="Management API client",
        protocol=OAUTH2,
        confidentiality=CONFIDENTIAL,
        client_id=new_secret(deployment.randomness, 18),
        client_secret_hash=hash_secret(secret),
        grant_types=(CLIENT_CREDENTIALS,),
        redirect_uris=(),
        allowed_scopes=MANAGEMENT_SCOPES,
        expires_after=MANAGEMENT_TOKEN_LIFETIME_S,
        create_time=server.create_time,
        update_time=server.update_time,
        resource_server_id=server.id,
        is_managed=True,
    )


def _find_tenant(deployment: Deployment, t: TenantId) -> ManagementClient:
    table = deployment.directory
    realms = [
        decode(Realm, item)
        for item in table.query_all("pk = :pk", {":pk": keys.tenant(t).pk})
        if str(item["sk"]).startswith("REALM#")
    ]
    admin = next(realm for realm in realms if realm.is_admin)
    partition = keys.application(t, admin.id, ApplicationId("")).pk
    applications = [
        decode(Application, item)
        for item in table.query_all("pk = :pk", {":pk": partition})
        if str(item["sk"]).startswith("APP#")
    ]
    managed = next(application for application in applications if application.is_managed)
    return _client(deployment, managed, None)


def _client(
    deployment: Deployment, application: Application, secret: str | None
) -> ManagementClient:
    t, r = application.tenant_id, application.realm_id
    assert application.resource_server_id is not None
    return ManagementClient(
        tenant_id=t,
        admin_realm_id=r,
        application_id=application.id,
        resource_server_id=application.resource_server_id,
        client_id=application.client_id,
        client_secret=secret,
        issuer=issuer_url(deployment.auth_base_url, t, r, application.id),
    )
