"""Roles and groups."""

from functions.groups.body import GroupBody, NewGroupBody
from functions.roles.body import NewRoleBody, RoleBody
from tools.openapi.access_answers import Group, Groups, Role, RoleMembers, Roles, Scopes
from tools.openapi.operation import Operation, Operations, Parameter, Sent
from tools.openapi.people_answers import Identities
from tools.openapi.shapes import LONG, PAGE_TOKEN, RESOURCE_SERVER_ID, SKIP, UINT32, texts

_TWO_PAGES = (
    Parameter("groups_page_size", UINT32, "as `page_size`, of the groups"),
    Parameter("groups_skip", SKIP, "as `skip`, of the groups"),
    Parameter("identities_page_size", UINT32, "as `page_size`, of the identities"),
    Parameter("identities_skip", SKIP, "as `skip`, of the identities"),
    PAGE_TOKEN,
)
_MEMBERS = ("groups:read", "identities:read")
_SERVER = "resource-servers:read"

ROLES: Operations = {
    "create": Operation(
        "createRole",
        "Make a role",
        ("roles:create",),
        Role,
        Sent(NewRoleBody, "role"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "list_all": Operation("listRoles", "List roles", ("roles:read",), Roles, query=LONG),
    "read": Operation(
        "getRole", "Read a role", ("roles:read",), Role, refusals=(304,), tagged=True
    ),
    "update": Operation(
        "updateRole",
        "Change a role",
        ("roles:update",),
        Role,
        Sent(RoleBody, "role"),
        refusals=(409,),
        tagged=True,
    ),
    "delete": Operation(
        "deleteRole",
        "Delete a role; 409 while it has scopes or members",
        ("roles:delete",),
        refusals=(409,),
        tagged=True,
    ),
    "add_members": Operation(
        "addRoleMembers",
        "Give the role to identities and groups",
        ("roles:update", *_MEMBERS),
        Role,
        Sent(texts("identity_ids", "group_ids")),
        refusals=(409,),
    ),
    "delete_members": Operation(
        "deleteRoleMembers",
        "Take the role from identities and groups",
        ("roles:update", *_MEMBERS),
        Role,
        Sent(texts("identity_ids", "group_ids")),
        refusals=(409,),
    ),
    "list_members": Operation(
        "listRoleMembers",
        "List who has the role, groups and identities at once",
        ("roles:read", *_MEMBERS),
        RoleMembers,
        query=_TWO_PAGES,
    ),
    "add_scopes": Operation(
        "addRoleScopes",
        "Give the role scopes of its resource server",
        ("roles:update", _SERVER),
        Role,
        Sent(texts("scopes")),
        refusals=(409,),
    ),
    "delete_scopes": Operation(
        "deleteRoleScopes",
        "Take scopes from the role",
        ("roles:update", _SERVER),
        Role,
        Sent(texts("scopes")),
        refusals=(409,),
    ),
    "list_scopes": Operation(
        "listRoleScopes",
        "List scopes of the role",
        ("roles:read", _SERVER),
        Scopes,
        query=LONG,
    ),
}

GROUPS: Operations = {
    "create": Operation(
        "createGroup",
        "Make a group",
        ("groups:create",),
        Group,
        Sent(NewGroupBody, "group"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "list_all": Operation("listGroups", "List groups", ("groups:read",), Groups, query=LONG),
    "read": Operation(
        "getGroup", "Read a group", ("groups:read",), Group, refusals=(304,), tagged=True
    ),
    "update": Operation(
        "updateGroup",
        "Change a group",
        ("groups:update",),
        Group,
        Sent(GroupBody, "group"),
        refusals=(409,),
        tagged=True,
    ),
    "delete": Operation(
        "deleteGroup",
        "Delete a group; 409 while it has members",
        ("groups:delete",),
        refusals=(409,),
        tagged=True,
    ),
    "add_members": Operation(
        "addGroupMembers",
        "Add identities to the group",
        ("groups:update", "identities:read"),
        Group,
        Sent(texts("identity_ids")),
        refusals=(409,),
    ),
    "delete_members": Operation(
        "deleteGroupMembers",
        "Take identities out of the group",
        ("groups:update", "identities:read"),
        Group,
        Sent(texts("identity_ids")),
        refusals=(409,),
    ),
    "list_members": Operation(
        "listGroupMembers",
        "List identities of the group",
        ("groups:read", "identities:read"),
        Identities,
        query=LONG,
    ),
    "list_roles": Operation(
        "listGroupRoles",
        "List roles that the group has on a resource server",
        ("groups:read", "roles:read", _SERVER),
        Roles,
        query=(RESOURCE_SERVER_ID, *LONG),
        refusals=(409,),
    ),
}
