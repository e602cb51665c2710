"""What a new tenant consists of, and the client by which its management API is called."""

from dataclasses import dataclass
from typing import Any

from keybound.domain.application import (
    CLIENT_CREDENTIALS,
    CONFIDENTIAL,
    OAUTH2,
    Application,
    ResourceServer,
)
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
from keybound.domain.secrets import hash_secret, new_secret
from keybound.domain.tenancy import Realm, Tenant
from keybound.storage import keys
from keybound.storage.codec import encode

from tools.cli.deployment import Deployment

MANAGEMENT_TOKEN_LIFETIME_S = 3600
ABSENT = "attribute_not_exists(pk)"


@dataclass(frozen=True)
class ManagementClient:
    """A tenant's managed application. client_secret is None unless this call made it: only its
    hash is stored, so it can be shown once."""

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


def tenant_writes(
    deployment: Deployment, t: TenantId, display_name: str, secret: str
) -> tuple[list[dict[str, Any]], ManagementClient]:
    """Return the writes of one transaction that makes a tenant, and its client."""
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
        deployment.directory.put_write({**key._asdict(), **encode(entity)}, ABSENT)
        for key, entity in rows
    ]
    return writes, client_of(deployment, application, secret)


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


def client_of(
    deployment: Deployment, application: Application, secret: str | None
) -> ManagementClient:
    """Return the client of a managed application."""
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
