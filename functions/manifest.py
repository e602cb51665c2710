"""The whole API on one page: rooms, routes, callers' proofs, grants, keys, memory, timeouts.

The CDK app and the development server both read this and nothing else lists routes. Standard
library only, because the CDK app imports it without Keybound's layer.

A route is a path; each is deployed as one ANY route and the room dispatches the method. A path
variable fills its whole segment, so `{job_id}:revoke` arrives as `{job_action}` and the room
splits the verb off.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

REALM = "/v1/tenants/{tenant_id}/realms/{realm_id}"
IDENTITY = REALM + "/identities/{identity_id}"
ISSUER = REALM + "/applications/{application_id}"
RESOURCE_SERVER = REALM + "/resource-servers/{resource_server_id}"
WELL_KNOWN = "/.well-known"
WELL_KNOWN_FILE = REALM + "/authenticator-configs/{config_id}/well-known/{document}"
OPENAPI = "/openapi.json"
PROTECTED_RESOURCE = WELL_KNOWN + "/oauth-protected-resource/v1/tenants/{tenant_id}"


class Host(StrEnum):
    """The two HTTP APIs."""

    API = "api"
    AUTH = "auth"


class Proof(StrEnum):
    """What a caller must show."""

    MANAGEMENT_TOKEN = "management token"
    BINDING_TOKEN = "binding token"
    CLIENT = "client authentication"
    PASSKEY = "passkey assertion"
    ACCESS_TOKEN = "access token of this issuer"
    NONE = "none"
    SCHEDULE = "the platform's scheduler"
    MAIL_EVENT = "an event of the account's own SES"
    OTP = "one-time password"
    PASSKEY_BINDING_TOKEN = "passkey binding token"
    ROOM = "another room of the deployment"


class Table(StrEnum):
    """The two DynamoDB tables."""

    DIRECTORY = "directory"
    GRANTS = "grants"


@dataclass(frozen=True)
class Grant:
    """DynamoDB verbs a room may use on a table, or on one index of it. leading: only on items
    whose partition key begins in one of these ways. One grant covers all keys that a batch or a
    transaction of the room names in a table, since IAM may judge them together."""

    table: Table
    verbs: tuple[str, ...]
    index: str = ""
    leading: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room:
    """One Lambda function.

    unwraps: purposes of sealing keys it may decrypt. signs: whether it may use a signing key: KMS
    Sign on the slots' keys and, in the signing mode of data key pairs, Decrypt under the purpose
    `signing`. makes_signing_pairs: whether KMS may make key pairs for it under that purpose, whose
    private halves it never sees. signing_mode: it exists in this mode only.
    schedule_minutes: invoked that often instead of by routes. sends_mail: whether it may send from
    the deployment's sender, where there is one. leaves_mail: it leaves word for mails that another
    room sends. mail_events: invoked for what SES says about that mail. serves_managers: takes
    management tokens too. invokes: the room that it may have called, without waiting for it.
    """

    name: str
    proof: Proof
    grants: tuple[Grant, ...] = ()
    host: Host | None = None
    routes: tuple[str, ...] = ()
    unwraps: tuple[str, ...] = ()
    signs: bool = False
    makes_signing_pairs: bool = False
    signing_mode: str = ""
    memory_mb: int = 512
    timeout_s: int = 10
    schedule_minutes: int = 0
    sends_mail: bool = False
    leaves_mail: bool = False
    mail_events: bool = False
    serves_managers: bool = False
    invokes: str = ""

    @property
    def handler(self) -> str:
        return f"functions.{self.name}.handler.lambda_handler"


BY_LIST = "by_list"
BY_END = "by_end"
BY_FILTER = ("by_filter_1", "by_filter_2", "by_filter_3")

_READ_DIRECTORY = Grant(Table.DIRECTORY, ("GetItem", "BatchGetItem", "Query"))
# Who may write these may write no login: their keys begin otherwise.
_KEPT_ANSWERS = Grant(Table.GRANTS, ("GetItem", "PutItem"), leading=("IDEMPOTENCY#",))
_OTPS = Grant(Table.GRANTS, ("GetItem", "UpdateItem"), leading=("OTP#",))
_COUNT_MAILS = Grant(Table.GRANTS, ("UpdateItem",), leading=("MAILS#",))
_LIST_DIRECTORY = Grant(Table.DIRECTORY, ("Query",), index=BY_LIST)
_FILTER_DIRECTORY = tuple(Grant(Table.DIRECTORY, ("Query",), index=name) for name in BY_FILTER)


_DENIED_TOKENS = Grant(Table.GRANTS, ("GetItem",), leading=("DENIED#",))
_SPENT_ASSERTIONS = Grant(Table.GRANTS, ("PutItem",), leading=("ASSERTION#",))
_SPENT_PROOFS = Grant(Table.GRANTS, ("PutItem",), leading=("PROOF#",))
_TOKEN_STATES = Grant(
    Table.GRANTS, ("BatchGetItem",), leading=("CLIENT#", "DENIED#", "LOGIN#", "LOGINS#")
)
# The end of a login and the notice of it are one transaction.
_END_LOGINS = Grant(Table.GRANTS, ("PutItem", "UpdateItem"), leading=("LOGIN#", "LOGOUT#"))


def _directory(*verbs: str) -> Grant:
    return Grant(Table.DIRECTORY, verbs)


def _reading_denied_tokens(room: "Room") -> "Room":
    """Whoever judges management tokens asks whether a token was ended, and sees no login."""
    judges = room.proof is Proof.MANAGEMENT_TOKEN or room.serves_managers
    return replace(room, grants=(*room.grants, _DENIED_TOKENS)) if judges else room


_ROOMS: tuple[Room, ...] = (
    # api host: management
    Room(
        "tenants",
        Proof.MANAGEMENT_TOKEN,
        (_READ_DIRECTORY, _directory("UpdateItem")),
        Host.API,
        ("/v1/tenants/{tenant_id}",),
    ),
    Room(
        "realms",
        Proof.MANAGEMENT_TOKEN,
        (_READ_DIRECTORY, _directory("PutItem", "UpdateItem", "DeleteItem"), _KEPT_ANSWERS),
        Host.API,
        ("/v1/tenants/{tenant_id}/realms", REALM),
        unwraps=("page",),
    ),
    Room(
        "themes",
        Proof.MANAGEMENT_TOKEN,
        (_READ_DIRECTORY, _directory("PutItem", "UpdateItem"), _KEPT_ANSWERS),
        Host.API,
        (REALM + "/themes", REALM + "/themes/{theme_id}"),
        unwraps=("page",),
    ),
    Room(
        "batch_credential_binding_jobs",
        Proof.MANAGEMENT_TOKEN,
        (
            _READ_DIRECTORY,
            Grant(
                Table.GRANTS,
                ("GetItem", "PutItem", "Query", "UpdateItem"),
                leading=("BATCH#", "IDEMPOTENCY#"),
            ),
        ),
        Host.API,
        (
            REALM + "/batch-credential-binding-jobs",
            REALM + "/batch-credential-binding-jobs/{batch_action}",
        ),
        unwraps=("page",),
    ),
    Room(
        "identities",
        Proof.MANAGEMENT_TOKEN,
        (
            _READ_DIRECTORY,
            _LIST_DIRECTORY,
            *_FILTER_DIRECTORY,
            _directory("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
            _KEPT_ANSWERS,
        ),
        Host.API,
        # `identities:batchDelete` arrives as {collection_action}; the room lets nothing else in.
        (REALM + "/identities", REALM + "/{collection_action}", IDENTITY),
        unwraps=("page",),
        timeout_s=29,
    ),
    Room(
        "credential_binding_jobs",
        Proof.MANAGEMENT_TOKEN,
        (
            _READ_DIRECTORY,
            _LIST_DIRECTORY,
            *_FILTER_DIRECTORY,
            _directory("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
            Grant(
                Table.GRANTS,
                ("GetItem", "PutItem", "UpdateItem"),
                leading=("IDEMPOTENCY#", "LINKS#", "MAILS#"),
            ),
            Grant(Table.GRANTS, ("BatchGetItem",), leading=("LOGIN#",)),
        ),
        Host.API,
        (
            IDENTITY + "/credential-binding-jobs",
            IDENTITY + "/credential-binding-jobs/{job_action}",
        ),
        unwraps=("derive", "locator", "page"),
        sends_mail=True,
        timeout_s=25,
    ),
    Room(
        "credentials",
        Proof.MANAGEMENT_TOKEN,
        (_READ_DIRECTORY, _LIST_DIRECTORY, _directory("UpdateItem", "DeleteItem")),
        Host.API,
        (IDENTITY + "/credentials", IDENTITY + "/credentials/{credential_action}"),
        unwraps=("page",),
        leaves_mail=True,
    ),
    Room(
        "applications",
        Proof.MANAGEMENT_TOKEN,
        (_READ_DIRECTORY, _directory("PutItem", "UpdateItem", "DeleteItem"), _KEPT_ANSWERS),
        Host.API,
        (REALM + "/applications", REALM + "/applications/{application_id}"),
        unwraps=("derive", "page"),
    ),
    Room(
        "tokens",
        Proof.MANAGEMENT_TOKEN,
        (
            _READ_DIRECTORY,
            Grant(Table.GRANTS, ("BatchGetItem",), leading=("DENIED#", "LOGIN#")),
            Grant(Table.GRANTS, ("Query",), leading=("CLIENT#", "LOGINS#")),
            Grant(Table.GRANTS, ("PutItem",), leading=("DENIED#",)),
            _END_LOGINS,
        ),
        Host.API,
        (ISSUER + "/tokens", ISSUER + "/tokens/{token_id}"),
        unwraps=("page",),
    ),
    Room(
        "authenticator_configs",
        Proof.MANAGEMENT_TOKEN,
        (
            _READ_DIRECTORY,
            _LIST_DIRECTORY,
            _directory("PutItem", "UpdateItem", "DeleteItem"),
            _KEPT_ANSWERS,
        ),
        Host.API,
        (REALM + "/authenticator-configs", REALM + "/authenticator-configs/{config_id}"),
        unwraps=("page",),
    ),
    Room(
        "resource_servers",
        Proof.MANAGEMENT_TOKEN,
        (_READ_DIRECTORY, _directory("PutItem", "UpdateItem", "DeleteItem"), _KEPT_ANSWERS),
        Host.API,
        (REALM + "/resource-servers", RESOURCE_SERVER),
        unwraps=("page",),
    ),
    Room(
        "roles",
        Proof.MANAGEMENT_TOKEN,
        (_READ_DIRECTORY, _directory("PutItem", "UpdateItem", "DeleteItem"), _KEPT_ANSWERS),
        Host.API,
        (RESOURCE_SERVER + "/roles", RESOURCE_SERVER + "/roles/{role_action}"),
        unwraps=("page",),
        timeout_s=29,
    ),
    Room(
        "groups",
        Proof.MANAGEMENT_TOKEN,
        (
            _READ_DIRECTORY,
            _LIST_DIRECTORY,
            _directory("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
            _KEPT_ANSWERS,
        ),
        Host.API,
        (REALM + "/groups", REALM + "/groups/{group_action}"),
        unwraps=("page",),
        timeout_s=29,
    ),
    Room("protected_resource", Proof.NONE, (), Host.API, (PROTECTED_RESOURCE,), memory_mb=256),
    Room("openapi", Proof.NONE, (), Host.API, (OPENAPI,), memory_mb=256),
    # auth host: browsers, apps, OpenID clients
    Room(
        "bind_redirect",
        Proof.BINDING_TOKEN,
        (_READ_DIRECTORY, _directory("PutItem", "UpdateItem")),
        Host.AUTH,
        (IDENTITY + "/credential-binding-jobs/{job_action}",),
        unwraps=("binding",),
        leaves_mail=True,
        memory_mb=1024,
    ),
    Room(
        "par",
        Proof.CLIENT,
        (
            _READ_DIRECTORY,
            Grant(Table.GRANTS, ("PutItem",), leading=("PUSHED#",)),
            _SPENT_ASSERTIONS,
            _SPENT_PROOFS,
        ),
        Host.AUTH,
        (ISSUER + "/par",),
        unwraps=("request", "locator"),
    ),
    Room(
        "authorize",
        Proof.NONE,
        (_READ_DIRECTORY, Grant(Table.GRANTS, ("GetItem",), leading=("PUSHED#",))),
        Host.AUTH,
        (ISSUER + "/authorize",),
        unwraps=("request",),
    ),
    Room(
        "authenticate",
        Proof.PASSKEY,
        (
            _READ_DIRECTORY,
            _directory("UpdateItem"),
            Grant(Table.GRANTS, ("PutItem",), leading=("LOGIN#",)),
            Grant(Table.GRANTS, ("UpdateItem",), leading=("PUSHED#",)),
        ),
        Host.AUTH,
        (ISSUER + "/authenticate",),
        unwraps=("request", "locator"),
        memory_mb=1024,
    ),
    Room(
        "otp",
        Proof.NONE,
        (_READ_DIRECTORY, _OTPS, _COUNT_MAILS),
        Host.AUTH,
        (ISSUER + "/otp",),
        unwraps=("otp", "request"),
        invokes="otp_mail",
    ),
    Room(
        "otp_redeem",
        Proof.OTP,
        (
            _READ_DIRECTORY,
            _directory("PutItem", "UpdateItem", "ConditionCheckItem"),
            Grant(Table.GRANTS, ("PutItem",), leading=("LOGIN#",)),
            Grant(Table.GRANTS, ("UpdateItem",), leading=("OTP#", "PUSHED#")),
        ),
        Host.AUTH,
        (ISSUER + "/otp/redeem",),
        unwraps=("otp", "request", "locator"),
    ),
    Room(
        "passkey_binding",
        Proof.PASSKEY_BINDING_TOKEN,
        (
            _READ_DIRECTORY,
            _directory("PutItem", "UpdateItem", "ConditionCheckItem"),
            Grant(Table.GRANTS, ("BatchGetItem",), leading=("LOGIN#",)),
            Grant(
                Table.GRANTS,
                ("GetItem", "PutItem", "UpdateItem"),
                leading=("BINDING_TOKEN#", "LINKS#"),
            ),
        ),
        Host.AUTH,
        (ISSUER + "/credential-binding-jobs",),
        unwraps=("otp", "derive"),
    ),
    Room(
        "token",
        Proof.CLIENT,
        (
            _READ_DIRECTORY,
            _SPENT_ASSERTIONS,
            _SPENT_PROOFS,
            Grant(Table.GRANTS, ("PutItem",), leading=("CLIENT#", "LOGINS#")),
            Grant(Table.GRANTS, ("UpdateItem",), leading=("LOGIN#",)),
        ),
        Host.AUTH,
        (ISSUER + "/token",),
        unwraps=("locator", "derive"),
        signs=True,
        memory_mb=1024,
    ),
    Room(
        "userinfo",
        Proof.ACCESS_TOKEN,
        (_READ_DIRECTORY, _TOKEN_STATES, _SPENT_PROOFS),
        Host.AUTH,
        (ISSUER + "/userinfo",),
        unwraps=("locator",),
    ),
    Room(
        "revoke",
        Proof.CLIENT,
        (
            _READ_DIRECTORY,
            _TOKEN_STATES,
            _SPENT_ASSERTIONS,
            Grant(Table.GRANTS, ("PutItem",), leading=("DENIED#",)),
            _END_LOGINS,
        ),
        Host.AUTH,
        (ISSUER + "/revoke",),
        unwraps=("locator",),
        serves_managers=True,
    ),
    Room(
        "end_session",
        Proof.NONE,
        (_READ_DIRECTORY, _END_LOGINS),
        Host.AUTH,
        (ISSUER + "/end_session",),
        unwraps=("locator",),
    ),
    Room(
        "introspect",
        Proof.CLIENT,
        (_READ_DIRECTORY, _TOKEN_STATES, _SPENT_ASSERTIONS),
        Host.AUTH,
        (ISSUER + "/introspect", REALM + "/introspect"),
        unwraps=("locator",),
        serves_managers=True,
    ),
    Room(
        "discovery",
        Proof.NONE,
        (_READ_DIRECTORY,),
        Host.AUTH,
        (
            ISSUER + "/.well-known/openid-configuration",
            ISSUER + "/.well-known/jwks.json",
            WELL_KNOWN + "/oauth-authorization-server" + ISSUER,
        ),
    ),
    Room(
        "relying_party_files",
        Proof.NONE,
        (_directory("GetItem", "BatchGetItem"),),
        Host.AUTH,
        (WELL_KNOWN_FILE,),
    ),
    # neither host
    Room(
        "expiry_cleanup",
        Proof.SCHEDULE,
        (
            _directory("UpdateItem", "DeleteItem"),
            Grant(Table.DIRECTORY, ("Query",), index=BY_END),
        ),
        memory_mb=1024,
        timeout_s=300,
        schedule_minutes=15,
    ),
    Room(
        "mail_outbox",
        Proof.SCHEDULE,
        (_READ_DIRECTORY, _directory("UpdateItem", "DeleteItem"), _COUNT_MAILS),
        unwraps=("derive",),
        sends_mail=True,
        timeout_s=120,
        schedule_minutes=5,
    ),
    Room(
        "batch_job_queue",
        Proof.SCHEDULE,
        (
            _READ_DIRECTORY,
            _directory("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
            Grant(
                Table.GRANTS,
                ("DeleteItem", "PutItem", "Query", "UpdateItem"),
                leading=("BATCH#", "LINKS#", "MAILS#"),
            ),
        ),
        unwraps=("derive",),
        sends_mail=True,
        timeout_s=120,
        schedule_minutes=2,
    ),
    Room(
        "otp_mail",
        Proof.ROOM,
        (_READ_DIRECTORY, _FILTER_DIRECTORY[0], _OTPS, _COUNT_MAILS),
        unwraps=("otp",),
        sends_mail=True,
        timeout_s=30,
    ),
    Room(
        "mail_feedback",
        Proof.MAIL_EVENT,
        (_directory("BatchGetItem", "UpdateItem", "DeleteItem"),),
        mail_events=True,
    ),
    Room(
        "backchannel_logout",
        Proof.SCHEDULE,
        (
            _READ_DIRECTORY,
            _directory("UpdateItem", "DeleteItem"),
            Grant(Table.GRANTS, ("BatchGetItem",), leading=("LOGIN#",)),
            Grant(Table.GRANTS, ("Query",), leading=("LOGINS#", "LOGOUT#")),
            Grant(Table.GRANTS, ("PutItem", "UpdateItem", "DeleteItem"), leading=("LOGOUT#",)),
        ),
        signs=True,
        timeout_s=60,
        schedule_minutes=2,
    ),
    Room(
        "rotate_signing_key",
        Proof.SCHEDULE,
        (_directory("GetItem", "PutItem"),),
        makes_signing_pairs=True,
        signing_mode="kms-data-key-pair",
        timeout_s=60,
        schedule_minutes=60,
    ),
    # what every other path answers, on both hosts ($default)
    Room("fallback", Proof.NONE, memory_mb=256),
)

ROOMS: tuple[Room, ...] = tuple(_reading_denied_tokens(room) for room in _ROOMS)
FALLBACK = "fallback"


def room(name: str) -> Room:
    """Return the room of that name. Raises KeyError for a name that is not in the manifest."""
    for candidate in ROOMS:
        if candidate.name == name:
            return candidate
    raise KeyError(name)
