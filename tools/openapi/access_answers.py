"""Roles and groups as they are answered."""

from typing import NotRequired

from typing_extensions import TypedDict

from tools.openapi.people_answers import Identity
from tools.openapi.shapes import Count, HexId, NextPageToken, Time, Uuid


class Role(TypedDict):
    """What people may be granted on a resource server."""

    id: HexId
    resource_server_id: Uuid
    realm_id: HexId
    tenant_id: HexId
    display_name: str
    description: str
    create_time: Time
    update_time: Time


class Roles(TypedDict):
    """One page."""

    roles: list[Role]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


class Scopes(TypedDict):
    """One page."""

    scopes: list[str]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


class Group(TypedDict):
    """Identities that are given roles together."""

    id: HexId
    realm_id: HexId
    tenant_id: HexId
    display_name: str
    description: str
    create_time: Time
    update_time: Time


class Groups(TypedDict):
    """One page."""

    groups: list[Group]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


class RoleMembers(TypedDict):
    """One page of two lists at once."""

    groups: list[Group]
    total_groups_size: Count
    identities: list[Identity]
    total_identities_size: Count
    next_page_token: NotRequired[NextPageToken]
