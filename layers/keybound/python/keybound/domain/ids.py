"""Identifiers: 16 hex digits for tenants, realms, identities, credentials, jobs, batches, groups
and roles;
UUIDs for applications, authenticator configs and resource servers."""

import re
from typing import NewType
from uuid import UUID

from keybound.domain.secrets import Randomness

TenantId = NewType("TenantId", str)
RealmId = NewType("RealmId", str)
IdentityId = NewType("IdentityId", str)
CredentialId = NewType("CredentialId", str)
JobId = NewType("JobId", str)
BatchId = NewType("BatchId", str)
ApplicationId = NewType("ApplicationId", str)
AuthenticatorConfigId = NewType("AuthenticatorConfigId", str)
ResourceServerId = NewType("ResourceServerId", str)
ThemeId = NewType("ThemeId", str)
GroupId = NewType("GroupId", str)
RoleId = NewType("RoleId", str)

_HEX_ID = re.compile(r"[0-9a-f]{16}\Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def new_hex_id(randomness: Randomness) -> str:
    """Return a fresh 64-bit id as 16 hex digits. Writers put it on condition of absence."""
    return randomness(8).hex()


def new_uuid(randomness: Randomness) -> str:
    """Return a fresh version 4 UUID in lower case (RFC 9562)."""
    return str(UUID(bytes=randomness(16), version=4))


def is_hex_id(text: str) -> bool:
    """Whether `text` has the form of a 16-hex id."""
    return bool(_HEX_ID.match(text))


def is_uuid(text: str) -> bool:
    """Whether `text` has the form of a lower-case UUID."""
    return bool(_UUID.match(text))
