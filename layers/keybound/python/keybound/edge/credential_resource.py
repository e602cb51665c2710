"""A credential as callers see it, on both hosts."""

import json
from typing import Any

from keybound.ceremonies.passkey_provider import provider_name
from keybound.domain.clock import rfc3339
from keybound.domain.cose_key import jwk_thumbprint, public_jwk
from keybound.domain.credential import Credential


def credential_content(credential: Credential) -> dict[str, Any]:
    """Return the resource. jwk_json is a text that holds the public JWK; jwk_thumbprint is that
    of RFC 7638; last_used_time is there once the passkey has signed in, provider_name when the
    AAGUID is one that we know."""
    jwk = public_jwk(credential.public_key)
    content: dict[str, Any] = {
        "id": credential.id,
        "identity_id": credential.identity_id,
        "realm_id": credential.realm_id,
        "tenant_id": credential.tenant_id,
        "state": credential.state,
        "csr_type": "WEBAUTHN",
        "jwk_json": json.dumps(jwk, separators=(",", ":")),
        "jwk_thumbprint": jwk_thumbprint(jwk),
        "display_name": credential.display_name,
        "aaguid": credential.aaguid,
        "backup_eligible": credential.backup_eligible,
        "backup_state": credential.backup_state,
        "transports": list(credential.transports),
        "create_time": rfc3339(credential.create_time),
        "update_time": rfc3339(credential.update_time),
    }
    if name := provider_name(credential.aaguid):
        content["provider_name"] = name
    if credential.last_used_time:
        content["last_used_time"] = rfc3339(credential.last_used_time)
    return content
