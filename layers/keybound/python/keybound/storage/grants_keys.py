"""Keys of the Grants table. Everybody says `keybound.storage.keys`, which has them all."""

from keybound.domain.access_token import TokenName, TokenPlace
from keybound.domain.ids import ApplicationId, BatchId, IdentityId, RealmId, TenantId
from keybound.domain.secrets import hash_secret
from keybound.storage.key import Key

LOGIN_PREFIX = "LOGIN#"
TOKEN_PREFIX = "TOKEN#"

IDEMPOTENCY_PREFIX = "IDEMPOTENCY#"
OTP_PREFIX = "OTP#"
BATCH_PREFIX = "BATCH#"
BATCH_QUEUE = "BATCH#QUEUE"
BINDING_TOKEN_PREFIX = "BINDING_TOKEN#"
LOGOUT_SHARDS = 4


def login(challenge_hash: str) -> Key:
    return Key(f"LOGIN#{challenge_hash}", "LOGIN")


def challenge_hash_of_login(pk: str) -> str:
    """Return what `login` made that partition key of."""
    return pk.removeprefix("LOGIN#")


def pushed_request(request_hash: str) -> Key:
    return Key(f"PUSHED#{request_hash}", "PUSHED")


def logout_notice(a: ApplicationId, challenge_hash: str) -> Key:
    """What is still to be told of a login's end; its partition is one of `LOGOUT_SHARDS`."""
    partition = logout_partition(sum(challenge_hash.encode()) % LOGOUT_SHARDS)
    return Key(partition, f"{logout_owner(a)}{challenge_hash}")


def logout_owner(a: ApplicationId) -> str:
    """Return how the places of an application's notices begin."""
    return f"{a}#"


def logout_partition(shard: int) -> str:
    return f"LOGOUT#{shard:02d}"


def login_pointer(t: TenantId, r: RealmId, i: IdentityId, challenge_hash: str) -> Key:
    """In the identity's own partition of the Grants; lists its logins and decides nothing."""
    return Key(identity_grants(t, r, i), f"{LOGIN_PREFIX}{challenge_hash}")


def identity_grants(t: TenantId, r: RealmId, i: IdentityId) -> str:
    """The partition of an identity's login pointers and referential tokens."""
    return f"LOGINS#{t}#{r}#{i}"


def client_grants(t: TenantId, r: RealmId, a: ApplicationId) -> str:
    """The partition of the referential tokens that an application asked for as itself."""
    return f"CLIENT#{t}#{r}#{a}"


def referential_token(place: TokenPlace) -> Key:
    """With its principal, by the moment of issue; ten digits last until the year 2286."""
    name, who = place.name, place.identity_id
    t, r, a = name.tenant_id, name.realm_id, name.application_id
    pk = identity_grants(t, r, who) if who is not None else client_grants(t, r, a)
    return Key(pk, f"{TOKEN_PREFIX}{place.issued_at:010d}#{a}#{name.jti}")


def denied_token(name: TokenName) -> Key:
    """An access token that was ended; the application's id keeps others' tokens out of reach."""
    t, r, a = name.tenant_id, name.realm_id, name.application_id
    return Key(f"DENIED#{t}#{r}#{a}#{name.jti}", "DENIED")


def mail_count(t: TenantId, r: RealmId, counted: str, day: int) -> Key:
    """How many mails went out on a day (since 1970, UTC) to whom `counted` names: one mailbox, or
    a whole realm. Hashed, because addresses are personal."""
    return Key(f"MAILS#{t}#{r}#{hash_secret(counted)}", f"DAY#{day}")


def link_count(t: TenantId, r: RealmId, i: IdentityId, minute: int) -> Key:
    """How many links an identity was given in a minute (since 1970, UTC)."""
    return Key(f"LINKS#{t}#{r}#{i}", f"MINUTE#{minute}")


def binding_batch(t: TenantId, r: RealmId, b: BatchId) -> Key:
    """What was asked for; its partition holds the results too."""
    return Key(f"{BATCH_PREFIX}OF#{t}#{r}#{b}", "BATCH")


def batch_result(t: TenantId, r: RealmId, b: BatchId, i: IdentityId) -> Key:
    return Key(binding_batch(t, r, b).pk, f"RESULT#{i}")


def queued_batch(t: TenantId, r: RealmId, b: BatchId) -> Key:
    """The place of a batch that is not done, in the one partition of the queue."""
    return Key(BATCH_QUEUE, f"{t}#{r}#{b}")


def queued_identities(t: TenantId, r: RealmId) -> Key:
    """How many identities of a realm wait for their jobs."""
    return Key(f"{BATCH_PREFIX}COUNT#{t}#{r}", "COUNT")


def used_assertion(a: ApplicationId, jti: str) -> Key:
    """A client assertion's id, of one application; hashed, because clients choose its form."""
    return Key(f"ASSERTION#{a}#{hash_secret(jti)}", "USED")


def used_proof(jkt: str, jti: str) -> Key:
    """A DPoP proof's id, of one key; hashed, because clients choose its form."""
    return Key(f"PROOF#{jkt}#{hash_secret(jti)}", "USED")


def idempotency(t: TenantId, key_hash: str) -> Key:
    """key_hash: of the caller and the key that it sent."""
    return Key(f"{IDEMPOTENCY_PREFIX}{t}#{key_hash}", "IDEMPOTENCY")


def one_time_password(challenge_hash: str) -> Key:
    """The codes of one authorization request."""
    return Key(f"{OTP_PREFIX}{challenge_hash}", "OTP")


def used_binding_token(challenge_hash: str) -> Key:
    """That the login of this challenge has had its passkey binding job."""
    return Key(f"{BINDING_TOKEN_PREFIX}{challenge_hash}", "USED")
