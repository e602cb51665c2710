"""Groups and roles as callers see them."""

from typing import Any

from keybound.domain.clock import rfc3339
from keybound.domain.group import Group, Role


def group_content(group: Group) -> dict[str, Any]:
    """Return the resource."""
    return {
        "id": group.id,
        "realm_id": group.realm_id,
        "tenant_id": group.tenant_id,
        "display_name": group.display_name,
        "description": group.description,
        "create_time": rfc3339(group.create_time),
        "update_time": rfc3339(group.update_time),
    }


def role_content(role: Role) -> dict[str, Any]:
    """Return the resource, without scopes and members, which have lists of their own."""
    return {
        "id": role.id,
        "resource_server_id": role.resource_server_id,
        "realm_id": role.realm_id,
        "tenant_id": role.tenant_id,
        "display_name": role.display_name,
        "description": role.description,
        "create_time": rfc3339(role.create_time),
        "update_time": rfc3339(role.update_time),
    }
