"""Identities: the people (or things) that sign in."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from keybound.domain.ids import CredentialId, IdentityId, RealmId, TenantId

ACTIVE = "active"
SUSPENDED = "suspended"

USERNAME = "username"
EMAIL = "email"
"""Values of an application's `subject_field`, besides `id`."""

MAX_ACTIVE_PASSKEYS = 32


@dataclass(frozen=True)
class PasskeyReference:
    """What the identity item keeps of each active passkey, for exclude lists and signals.

    credential_id: the WebAuthn credential id, unpadded base64url.
    """

    id: CredentialId
    credential_id: str
    transports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """A member of a realm. Times are epoch seconds.

    traits: `traits_v0` members except `type`; `username` is always there.
    verified_email: the address that was proven, if any; true only while it equals the current one.
    credential_epoch: rises with every change to the set of active passkeys or to `status`.
    revision: rises with every change made through the management API, so that none is lost.
    group_ids, role_ids: what it is a member of, itself; at most 200 each. membership_epoch: rises
    with every change to them.
    session_epoch: rises with every suspension; logins of another epoch stand no more.
    credential_count: how many credentials it has, revoked ones included.
    """

    id: IdentityId
    tenant_id: TenantId
    realm_id: RealmId
    display_name: str
    status: str
    traits: Mapping[str, str]
    create_time: int
    update_time: int
    credential_epoch: int = 0
    passkeys: tuple[PasskeyReference, ...] = field(default=())
    verified_email: str = ""
    revision: int = 0
    group_ids: frozenset[str] = frozenset()
    role_ids: frozenset[str] = frozenset()
    membership_epoch: int = 0
    session_epoch: int = 0
    credential_count: int = 0

    @property
    def username(self) -> str:
        return self.traits["username"]

    @property
    def email(self) -> str:
        return self.traits.get("primary_email_address", "")

    @property
    def email_verified(self) -> bool:
        return bool(self.email) and self.email == self.verified_email

    @property
    def is_active(self) -> bool:
        return self.status == ACTIVE


def normalised_username(username: str) -> str:
    """Return the form in which usernames are unique: NFKC, case folded (Unicode UAX #15, §3.13)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def subjects(identity: Identity) -> dict[str, str]:
    """Return what an application may know the identity by, besides its id, in normal form: by
    USERNAME and, if it has an address, EMAIL."""
    found = {USERNAME: normalised_username(identity.username)}
    return found | ({EMAIL: normalised_email(identity.email)} if identity.email else {})


def normalised_email(address: str) -> str:
    """Return the form in which addresses are looked for: NFKC, case folded, as usernames are."""
    return normalised_username(address)


def user_handle(identity: Identity) -> bytes:
    """Return WebAuthn's `user.id`: 24 opaque bytes (tenant, realm, identity), no personal data.

    It maps back to the identity's key without a read. Source: WebAuthn L3 §5.4.3.
    """
    return bytes.fromhex(identity.tenant_id + identity.realm_id + identity.id)


def identity_of_user_handle(handle: bytes) -> tuple[TenantId, RealmId, IdentityId] | None:
    """Split a user handle into its three ids, or None when it is not one of ours."""
    if len(handle) != 24:
        return None
    text = handle.hex()
    return TenantId(text[:16]), RealmId(text[16:32]), IdentityId(text[32:])
