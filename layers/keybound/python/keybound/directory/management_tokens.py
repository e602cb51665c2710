"""What an application must be like whose tokens open the management API."""

from keybound.directory.application_rules import PROTOCOL
from keybound.domain.application import SELF_CONTAINED, Application, ResourceServer
from keybound.domain.errors import FieldViolation


def format_violations(
    application: Application, server: ResourceServer | None
) -> list[FieldViolation]:
    """Refuse opaque tokens for the managed resource server: the api host takes signed ones only."""
    if server is None or not server.is_managed or application.token_format == SELF_CONTAINED:
        return []
    text = f"must be {SELF_CONTAINED}: the management API takes no other token"
    return [FieldViolation(f"{PROTOCOL}.token_format", text)]
