"""Builds every key of both tables; nothing else does. `docs/table.md` has a row for each.

Each stored thing has its own type prefix, so that one kind can never be taken for another.
"""

from keybound.domain.email_address import same_address
from keybound.domain.identity import normalised_username
from keybound.domain.ids import (
    ApplicationId,
    AuthenticatorConfigId,
    CredentialId,
    GroupId,
    IdentityId,
    JobId,
    RealmId,
    ResourceServerId,
    RoleId,
    TenantId,
)
from keybound.domain.secrets import hash_secret
from keybound.storage.grants_keys import BATCH_QUEUE as BATCH_QUEUE
from keybound.storage.grants_keys import IDEMPOTENCY_PREFIX as IDEMPOTENCY_PREFIX
from keybound.storage.grants_keys import LOGIN_PREFIX as LOGIN_PREFIX
from keybound.storage.grants_keys import LOGOUT_SHARDS as LOGOUT_SHARDS
from keybound.storage.grants_keys import TOKEN_PREFIX as TOKEN_PREFIX
from keybound.storage.grants_keys import batch_result as batch_result
from keybound.storage.grants_keys import binding_batch as binding_batch
from keybound.storage.grants_keys import challenge_hash_of_login as challenge_hash_of_login
from keybound.storage.grants_keys import client_grants as client_grants
from keybound.storage.grants_keys import denied_token as denied_token
from keybound.storage.grants_keys import idempotency as idempotency
from keybound.storage.grants_keys import identity_grants as identity_grants
from keybound.storage.grants_keys import link_count as link_count
from keybound.storage.grants_keys import login as login
from keybound.storage.grants_keys import login_pointer as login_pointer
from keybound.storage.grants_keys import logout_notice as logout_notice
from keybound.storage.grants_keys import logout_owner as logout_owner
from keybound.storage.grants_keys import logout_partition as logout_partition
from keybound.storage.grants_keys import mail_count as mail_count
from keybound.storage.grants_keys import one_time_password as one_time_password
from keybound.storage.grants_keys import pushed_request as pushed_request
from keybound.storage.grants_keys import queued_batch as queued_batch
from keybound.storage.grants_keys import queued_identities as queued_identities
from keybound.storage.grants_keys import referential_token as referential_token
from keybound.storage.grants_keys import used_assertion as used_assertion
from keybound.storage.grants_keys import used_binding_token as used_binding_token
from keybound.storage.grants_keys import used_proof as used_proof
from keybound.storage.key import Key as Key

BY_LIST = "by_list"
BY_END = "by_end"
END_SHARDS = 8
OUTBOX_SHARDS = 4
ENDED_SIGN_INS = "ENDED_SIGN_INS"
COUNT_SHARDS = 16
JOB_PREFIX = "JOB#"
CREDENTIAL_PREFIX = "CREDENTIAL#"
MEMBER_PREFIX = "MEMBER#"
ROLE_PREFIX = "ROLE#"


# Directory ----------------------------------------------------------------------------------------


def tenant(t: TenantId) -> Key:
    return Key(f"TENANT#{t}", "TENANT")


def first_tenant() -> Key:
    """Names the tenant that bootstrap made; the condition on it lets only one be the first."""
    return Key("BOOTSTRAP", "FIRST_TENANT")


def first_admin(t: TenantId) -> Key:
    """Names the identity that bootstrap made in a tenant's admin realm. It stays when that identity
    is deleted, so that no later bootstrap makes another one."""
    return Key(f"TENANT#{t}", "FIRST_ADMIN")


def realm(t: TenantId, r: RealmId) -> Key:
    return Key(f"TENANT#{t}", f"REALM#{r}")


def application(t: TenantId, r: RealmId, a: ApplicationId) -> Key:
    return Key(f"REALM#{t}#{r}", f"APP#{a}")


def authenticator_config(t: TenantId, r: RealmId, c: AuthenticatorConfigId) -> Key:
    return Key(f"REALM#{t}#{r}", f"CONFIG#{c}")


def resource_server(t: TenantId, r: RealmId, s: ResourceServerId) -> Key:
    return Key(f"REALM#{t}#{r}", f"RS#{s}")


def theme(t: TenantId, r: RealmId) -> Key:
    """Without an id, so that a realm has one at most."""
    return Key(f"REALM#{t}#{r}", "THEME")


def audience(t: TenantId, r: RealmId, identifier: str) -> Key:
    """The claim on a resource server's identifier, in the form in which it is unique; hashed,
    because it may be long."""
    return Key(f"AUDIENCE#{t}#{r}#{hash_secret(identifier)}", "AUDIENCE")


def role(t: TenantId, r: RealmId, s: ResourceServerId, o: RoleId) -> Key:
    """With an empty role id, its sort key begins all roles of the resource server."""
    return Key(f"REALM#{t}#{r}", f"{ROLE_PREFIX}{s}#{o}")


def role_member(t: TenantId, r: RealmId, o: RoleId, i: IdentityId) -> Key:
    return Key(f"ROLE#{t}#{r}#{o}", f"{MEMBER_PREFIX}{i}")


def group(t: TenantId, r: RealmId, g: GroupId) -> Key:
    return Key(f"GROUP#{t}#{r}#{g}", "GROUP")


def group_member(t: TenantId, r: RealmId, g: GroupId, i: IdentityId) -> Key:
    return Key(f"GROUP#{t}#{r}#{g}", f"{MEMBER_PREFIX}{i}")


def identity(t: TenantId, r: RealmId, i: IdentityId) -> Key:
    return Key(f"IDENTITY#{t}#{r}#{i}", "IDENTITY")


def username(t: TenantId, r: RealmId, name: str) -> Key:
    """The claim on a username; hashed, because names are personal and may be long."""
    return Key(f"USERNAME#{t}#{r}#{hash_secret(normalised_username(name))}", "USERNAME")


def proven_address(t: TenantId, r: RealmId, address: str) -> Key:
    """Who proved an address last; hashed, because addresses are personal."""
    return Key(f"PROVEN#{t}#{r}#{hash_secret(same_address(address))}", "PROVEN")


def memberships_left(t: TenantId, r: RealmId, i: IdentityId) -> Key:
    """In the partition of an identity that is gone: what it was a member of."""
    return Key(f"IDENTITY#{t}#{r}#{i}", "MEMBERSHIPS_LEFT")


def former_subject(t: TenantId, r: RealmId, kind: str, value: str) -> Key:
    """Whose a username or an e-mail address was last, by its normal form; hashed like claims."""
    return Key(f"FORMER#{t}#{r}#{kind}#{hash_secret(value)}", "FORMER")


def binding_job(t: TenantId, r: RealmId, i: IdentityId, j: JobId) -> Key:
    return Key(f"IDENTITY#{t}#{r}#{i}", f"{JOB_PREFIX}{j}")


def owner_of(place: Key) -> tuple[TenantId, RealmId, IdentityId]:
    """Return whose partition a job's key is in."""
    _, t, r, i = place.pk.split("#")
    return TenantId(t), RealmId(r), IdentityId(i)


def outbox(t: TenantId, r: RealmId, i: IdentityId, j: JobId) -> Key:
    """A mail that is still to be sent; its partition is one of `OUTBOX_SHARDS`."""
    return Key(outbox_partition(int(j[:8], 16) % OUTBOX_SHARDS), f"{t}#{r}#{i}#{j}")


def outbox_partition(shard: int) -> str:
    return f"OUTBOX#{shard:02d}"


def passkey_notice(t: TenantId, r: RealmId, i: IdentityId, c: CredentialId, event: str) -> Key:
    """A mail about a passkey that is still to be sent, one for each event of it."""
    shard = int(c[:8], 16) % OUTBOX_SHARDS
    return Key(notice_partition(shard), f"{t}#{r}#{i}#{c}#{event}")


def notice_partition(shard: int) -> str:
    return f"NOTICE#{shard:02d}"


def ended_sign_ins(t: TenantId, r: RealmId, i: IdentityId, c: CredentialId | None) -> Key:
    """Word of ended logins, of a whole identity or of one credential of it."""
    return Key(ENDED_SIGN_INS, f"{t}#{r}#{i}#{c or ''}")


def realm_of_place(sk: str) -> str:
    """Return how the places of a realm's mails, or of its ended sign-ins, begin."""
    t, r, _ = sk.split("#", 2)
    return f"{t}#{r}#"


def credential(t: TenantId, r: RealmId, credential_hash: str) -> Key:
    return Key(f"CREDENTIAL#{t}#{r}#{credential_hash}", "CREDENTIAL")


def credential_pointer(t: TenantId, r: RealmId, i: IdentityId, c: CredentialId) -> Key:
    """In the identity's partition; names the credential's hash, so that its short id finds it."""
    return Key(f"IDENTITY#{t}#{r}#{i}", f"{CREDENTIAL_PREFIX}{c}")


def count(t: TenantId, r: RealmId, kind: str, shard: int) -> Key:
    """A shard of the number of `kind` (as in `list_partition`) in a realm, 0 ≤ shard < 16."""
    return Key(f"COUNT#{t}#{r}#{kind}", f"{shard:02d}")


def signing_ring(alg: str) -> Key:
    """All published keys of one algorithm."""
    return Key("SIGNING_KEYS", f"RING#{alg}")


def sealing_key(purpose: str, kid: str) -> Key:
    return Key(f"SEALING#{purpose}", f"KEY#{kid}")


# Directory, index by_list: what realms list by creation -------------------------------------------


def list_partition(t: TenantId, r: RealmId, kind: str) -> str:
    """`kind` is `identities`, `jobs`, `credentials` or `groups`."""
    return f"LIST#{t}#{r}#{kind}"


def list_sort(create_time: int, resource_id: str) -> str:
    """Creation order, ties by id; ten digits last until the year 2286."""
    return f"{create_time:010d}#{resource_id}"


# Directory, indexes by_filter_1 to 3: what a filter of a list compares ----------------------------


def filter_partition(t: TenantId, r: RealmId, attribute: str, value: str) -> str:
    """Whose attribute has this value; hashed, because values may be personal."""
    return f"FILTER#{t}#{r}#{attribute}#{hash_secret(value)}"


def filter_sort(group: str, create_time: int, resource_id: str) -> str:
    return f"{group}#{list_sort(create_time, resource_id)}"


# Directory, index by_end: what ends when ----------------------------------------------------------


def end_partition(shard: int) -> str:
    """Open jobs, by the moment they end."""
    return f"END#JOB#{shard:02d}"


def kept_partition(shard: int) -> str:
    """Jobs that have ended, by the moment they may go."""
    return f"KEPT#JOB#{shard:02d}"


def end_sort(expire_time: int, job_id: JobId) -> str:
    """By the moment a job ends, or may go; what sorts below `end_sort(now + 1, "")` is due."""
    return f"{expire_time:010d}#{job_id}"


def end_time(sort: str) -> int:
    """Return the moment that an `end_sort` begins with."""
    return int(sort[:10])


def end_shard(job_id: JobId) -> int:
    return int(job_id[:8], 16) % END_SHARDS
