"""Groups of identities, and the roles that identities and groups hold on a resource server."""

from dataclasses import dataclass

from keybound.domain.ids import GroupId, RealmId, ResourceServerId, RoleId, TenantId

MAX_MEMBERSHIPS = 200
MAX_ROLE_GROUPS = 1000
MAX_ROLES = 500


@dataclass(frozen=True)
class Group:
    """Identities of a realm under one name. Times are epoch seconds.

    member_count: changes only together with the membership that it counts.
    """

    id: GroupId
    tenant_id: TenantId
    realm_id: RealmId
    display_name: str
    description: str
    create_time: int
    update_time: int
    member_count: int = 0


@dataclass(frozen=True)
class Role:
    """Scopes of one resource server, for whoever holds it: identities and groups.

    member_count: of identities, not of groups. group_ids: the groups whose members hold it, at
    most 1,000.
    """

    id: RoleId
    resource_server_id: ResourceServerId
    tenant_id: TenantId
    realm_id: RealmId
    display_name: str
    description: str
    create_time: int
    update_time: int
    scopes: tuple[str, ...] = ()
    member_count: int = 0
    group_ids: frozenset[str] = frozenset()
