"""Keys of the Grants table. Everybody says `keybound.storage.keys`, which has them all."""

from keybound.domain.ids import ApplicationId, IdentityId, RealmId, TenantId
from keybound.domain.secrets import hash_secret
from keybound.storage.key import Key

IDEMPOTENCY_PREFIX = "IDEMPOTENCY#"
LOGOUT_SHARDS = 4


def login(challenge_hash: str) -> Key:
    return Key(f"LOGIN#{challenge_hash}", "LOGIN")


def pushed_request(request_hash: str) -> Key:
    return Key(f"PUSHED#{request_hash}", "PUSHED")


def logout_notice(challenge_hash: str) -> Key:
    """What is still to be told of a login's end; its partition is one of `LOGOUT_SHARDS`."""
    return Key(logout_partition(sum(challenge_hash.encode()) % LOGOUT_SHARDS), challenge_hash)


def logout_partition(shard: int) -> str:
    return f"LOGOUT#{shard:02d}"


def login_pointer(t: TenantId, r: RealmId, i: IdentityId, challenge_hash: str) -> Key:
    """In the identity's own partition of the Grants; lists its logins and decides nothing."""
    return Key(f"LOGINS#{t}#{r}#{i}", f"LOGIN#{challenge_hash}")


def mail_count(t: TenantId, r: RealmId, counted: str, day: int) -> Key:
    """How many mails went out on a day (since 1970, UTC) to whom `counted` names: one mailbox, or
    a whole realm. Hashed, because addresses are personal."""
    return Key(f"MAILS#{t}#{r}#{hash_secret(counted)}", f"DAY#{day}")


def used_assertion(a: ApplicationId, jti: str) -> Key:
    """A client assertion's id, of one application; hashed, because clients choose its form."""
    return Key(f"ASSERTION#{a}#{hash_secret(jti)}", "USED")


def used_proof(jkt: str, jti: str) -> Key:
    """A DPoP proof's id, of one key; hashed, because clients choose its form."""
    return Key(f"PROOF#{jkt}#{hash_secret(jti)}", "USED")


def idempotency(t: TenantId, key_hash: str) -> Key:
    """key_hash: of the caller and the key that it sent."""
    return Key(f"{IDEMPOTENCY_PREFIX}{t}#{key_hash}", "IDEMPOTENCY")
