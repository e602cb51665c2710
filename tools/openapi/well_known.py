"""What needs no token: this document, and what the API says of itself to clients (RFC 9728)."""

from typing import Any

from typing_extensions import TypedDict

from tools.openapi.operation import Operation, Operations


class ProtectedResource(TypedDict):
    """RFC 9728 §2."""

    resource: str
    scopes_supported: list[str]
    bearer_methods_supported: list[str]
    resource_name: str


PROTECTED_RESOURCE: Operations = {
    "read": Operation(
        "getProtectedResource", "Read what tokens of a tenant need", None, ProtectedResource
    ),
}

OPENAPI: Operations = {
    "read": Operation("getOpenApi", "Read this document", None, dict[str, Any], refusals=(304,)),
}
