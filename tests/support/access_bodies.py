"""Request bodies for resource servers, roles and groups, complete and good."""

from typing import Any

from tests.support.platform import Platform


def server_body(**members: Any) -> dict[str, Any]:
    """An API for orders; `members` replaces."""
    content = {
        "display_name": "Orders",
        "identifier": "https://orders.example.com",
        "scopes": ["orders:read", "orders:write"],
        **members,
    }
    return {"resource_server": content}


def make_server(platform: Platform, **members: Any) -> dict[str, Any]:
    """Create a resource server and return it as answered."""
    return _made(platform, "/resource-servers", server_body(**members))


def make_role(platform: Platform, server: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Create a role of a resource server and return it as answered."""
    body = {"role": {"display_name": "Clerk", **members}}
    return _made(platform, f"/resource-servers/{server['id']}/roles", body)


def make_group(platform: Platform, **members: Any) -> dict[str, Any]:
    """Create a group and return it as answered."""
    return _made(platform, "/groups", {"group": {"display_name": "Warehouse", **members}})


def make_identity(platform: Platform, username: str = "ada") -> str:
    """Create an identity and return its id."""
    traits = {"type": "traits_v0", "username": username}
    body = {"identity": {"display_name": username.title(), "traits": traits}}
    return str(_made(platform, "/identities", body)["id"])


def _made(platform: Platform, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = platform.manage("POST", path, body)
    assert answer.status == 200, answer.text
    created: dict[str, Any] = answer.json()
    return created
