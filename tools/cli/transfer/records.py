"""The lines of an export: one JSON object each, `{"kind": …, "value": …}`.

The header names the realm, so no line repeats it. What is secret, what is counted and what belongs
to logins is in no line. `decoded` takes nothing that `encoded` could not have written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from keybound.domain.application import Application, ResourceServer
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.credential import Credential
from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.group import Group, Role
from keybound.domain.identity import Identity
from keybound.domain.tenancy import Realm, RealmPath
from keybound.domain.theme import Theme
from keybound.storage.codec import decode, encode

FORMAT = "keybound realm export"
VERSION = 1
LONGEST_TEXT = 65_536
YEAR_10000 = 253_402_300_800  # epoch seconds: where times can no longer be written
_Entity = TypeVar("_Entity")


class Damaged(ValueError):
    """A line is not what an export writes; the message says which member."""


@dataclass(frozen=True)
class Members:
    """Identities that a group, or a role of a resource server, has."""

    holder: str
    id: str
    identity_ids: tuple[str, ...]
    resource_server_id: str = ""


KINDS: Mapping[str, type] = {
    "realm": Realm,
    "theme": Theme,
    "authenticator_config": AuthenticatorConfig,
    "resource_server": ResourceServer,
    "group": Group,
    "role": Role,
    "application": Application,
    "identity": Identity,
    "credential": Credential,
    "members": Members,
}
_WHERE = frozenset({"tenant_id", "realm_id"})
_OMITTED: Mapping[type, frozenset[str]] = {
    Application: frozenset(
        {"client_secret_hash", "previous_secret_hash", "previous_secret_expires_at", "is_managed"}
    ),
    ResourceServer: frozenset({"is_managed"}),
    Realm: frozenset({"is_admin", "id"}),
    Group: frozenset({"member_count"}),
    Role: frozenset({"member_count"}),
    Identity: frozenset(
        {
            *("passkeys", "credential_epoch", "session_epoch", "revision", "membership_epoch"),
            *("group_ids", "role_ids", "job_count", "credential_count"),
        }
    ),
}


def encoded(entity: object) -> dict[str, Any]:
    """Return the line of an entity."""
    kind = next(name for name, each in KINDS.items() if each is type(entity))
    omitted = _WHERE | _OMITTED.get(type(entity), frozenset())
    value = {name: each for name, each in encode(entity).items() if name not in omitted}
    return {"kind": kind, "value": {name: _plain(each) for name, each in value.items()}}


def decoded(line: Mapping[str, Any], path: RealmPath) -> Any:
    """Return the entity of a line, in that realm. Raises Damaged."""
    kind, value = KINDS.get(str(line.get("kind"))), line.get("value")
    if kind is None or not isinstance(value, dict) or set(line) != {"kind", "value"}:
        raise Damaged(f"unknown kind of line: {str(line.get('kind'))[:40]}")
    hints = get_type_hints(kind)
    allowed = {field.name for field in fields(kind)}
    allowed -= _WHERE | _OMITTED.get(kind, frozenset())
    item = {name: _checked(hints, allowed, name, each) for name, each in value.items()}
    where = {"tenant_id": path.tenant_id, "realm_id": path.realm_id, "id": path.realm_id}
    given = {name: where[name] for name in hints if name in where and name not in allowed}
    missing: dict[str, Any] = {"group_ids": frozenset(), "role_ids": frozenset(), "traits": {}}
    try:
        return decode(kind, {**missing, **item, **given})
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{line['kind']} has no {error}") from error


def _checked(hints: Mapping[str, Any], allowed: set[str], name: str, value: Any) -> Any:
    if name not in allowed:
        raise Damaged(f"unknown member {name[:40]}")
    try:
        return _of_type(hints[name], value)
    except ValueError as error:
        raise Damaged(f"{name} is no {error}") from error


def _of_type(hint: Any, value: Any) -> Any:
    """Return the stored form of a JSON value. Raises ValueError naming the type."""
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _of_type(next(each for each in get_args(hint) if each is not type(None)), value)
    if hint is bytes:
        return from_b64url(value) if isinstance(value, str) else _refuse("base64url")
    if origin in (tuple, frozenset):
        if not isinstance(value, list):
            _refuse("list")
        inner = [_of_type(get_args(hint)[0], each) for each in value]
        return frozenset(inner) if origin is frozenset else inner
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _object(hint, value)
    if type(value) is not hint:  # True is no number here
        _refuse(hint.__name__)
    if hint is int and not -(2**31) <= value < YEAR_10000:
        _refuse("number that is stored")
    if hint is str and len(value) > LONGEST_TEXT:
        _refuse(f"text of at most {LONGEST_TEXT} characters")
    return value


def _object(hint: Any, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse("object")
    inner = get_args(hint)[1]
    return {name: v if inner is Any else _of_type(inner, v) for name, v in value.items()}


def _refuse(expected: str) -> Any:
    raise ValueError(expected)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64url(value)
    return sorted(value) if isinstance(value, frozenset) else value
