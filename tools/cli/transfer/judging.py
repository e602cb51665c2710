"""Whether what a line says could be in a Directory at all: forms, states, our own rules."""

from typing import Any

from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.public_key import check_public_key
from keybound.directory import application_rules, authenticator_config_rules, resource_server_rules
from keybound.domain.application import Application, ResourceServer
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.credential import ACTIVE, REVOKED, Credential
from keybound.domain.encoding import from_b64url
from keybound.domain.errors import FieldViolation
from keybound.domain.identity import ACTIVE as IDENTITY_ACTIVE
from keybound.domain.identity import SUSPENDED, Identity
from keybound.domain.ids import is_hex_id, is_uuid
from keybound.domain.token_limits import TokenLimits

from functions.identities.body import MAX_URL, TraitsBody
from tools.cli.transfer.reading import PAGE
from tools.cli.transfer.records import Damaged, Members

_TRAITS = TraitsBody.model_fields.keys() - {"type"}
_UUIDS = (Application, AuthenticatorConfig, ResourceServer)


def judge(entity: Any, base_urls: tuple[str, ...]) -> None:
    """Raises Damaged, which names what is refused."""
    good_id = is_uuid(entity.id) if isinstance(entity, _UUIDS) else _is_id(entity.id)
    _need(good_id, "id")
    if isinstance(entity, Identity):
        _need(entity.status in (IDENTITY_ACTIVE, SUSPENDED), "status")
        _need(bool(entity.traits.get("username")), "traits.username")
        _need(entity.traits.keys() <= _TRAITS, "traits")
        _need(all(len(each) <= MAX_URL for each in entity.traits.values()), "traits")
        _need(0 < len(entity.display_name) <= MAX_URL, "display_name")
    elif isinstance(entity, Credential):
        _judge_credential(entity)
    elif isinstance(entity, Members):
        _need(entity.holder in ("group", "role"), "holder")
        _need(len(entity.identity_ids) <= PAGE, "identity_ids")
        _need(all(map(is_hex_id, entity.identity_ids)), "identity_ids")
    else:
        _refuse(_violations(entity, base_urls))


def _is_id(text: str) -> bool:
    return is_hex_id(text) or is_uuid(text)


def _judge_credential(credential: Credential) -> None:
    _need(credential.state in (ACTIVE, REVOKED), "state")
    _need(is_hex_id(credential.identity_id), "identity_id")
    try:
        algorithm = check_public_key(credential.public_key)
    except CeremonyRefused as refused:
        raise Damaged(f"public_key is refused: {refused.detail}") from refused
    _need(credential.algorithm == algorithm, "algorithm")
    _need(0 <= credential.sign_count < 2**32, "sign_count")
    _need(credential.backup_eligible or not credential.backup_state, "backup_state")
    try:
        known = from_b64url(credential.credential_id)
    except ValueError:
        known = b""
    _need(0 < len(known) <= 1023, "credential_id")


def _violations(entity: Any, base_urls: tuple[str, ...]) -> list[FieldViolation]:
    if isinstance(entity, AuthenticatorConfig):
        return authenticator_config_rules.violations(entity)
    if isinstance(entity, ResourceServer):
        return resource_server_rules.violations(entity, base_urls)
    if isinstance(entity, Application):
        return application_rules.violations(entity, TokenLimits())
    return []


def _need(good: bool, member: str) -> None:
    if not good:
        raise Damaged(f"{member} is refused")


def _refuse(found: list[FieldViolation]) -> None:
    if found:
        raise Damaged("; ".join(f"{each.field}: {each.description}" for each in found))
