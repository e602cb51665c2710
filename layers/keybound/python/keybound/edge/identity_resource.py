"""An identity as callers see it, in every room that lists identities."""

from typing import Any

from keybound.domain.clock import rfc3339
from keybound.domain.identity import Identity


def identity_content(identity: Identity) -> dict[str, Any]:
    """Return the resource."""
    content: dict[str, Any] = {
        "id": identity.id,
        "realm_id": identity.realm_id,
        "tenant_id": identity.tenant_id,
        "display_name": identity.display_name,
        "status": identity.status,
        "traits": {"type": "traits_v0", **identity.traits},
        "create_time": rfc3339(identity.create_time),
        "update_time": rfc3339(identity.update_time),
    }
    if identity.passkeys:
        # Without a passkey it could be PENDING or UNENROLLED, which only a look at the jobs tells.
        content["enrollment_status"] = "ENROLLED"
    return content
