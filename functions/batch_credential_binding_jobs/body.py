"""The body that makes a batch: `{"batch_credential_binding_job": {…}}`."""

from typing import Annotated, Any

from keybound.binding.batches import NewBatch
from keybound.domain.binding_batch import MAX_QUEUED
from keybound.domain.ids import IdentityId, is_hex_id
from keybound.edge.binding_job_fields import ConfigId, Uri
from keybound.edge.management import Body
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError


def _identity_id(text: str) -> str:
    if not is_hex_id(text):
        raise PydanticCustomError("text", "is no identity id: 16 hexadecimal digits")
    return text


def _unique(ids: list[str]) -> list[str]:
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("list", "names an id twice")
    return ids


def _bounded(ids: Any) -> Any:
    """Judge the length before any member is."""
    if isinstance(ids, list) and not ids:
        raise PydanticCustomError("list", "empty array")
    if isinstance(ids, list) and len(ids) > MAX_QUEUED:
        raise PydanticCustomError("list", "array exceeds 1000 elements")
    return ids


def _never(_: Any) -> None:
    raise PydanticCustomError("unsupported", "not supported: name a config of the realm")


_ID_FORM = {"pattern": "^[0-9a-f]{16}$", "maxLength": 16}
_IDS_FORM = {"minItems": 1, "maxItems": MAX_QUEUED, "uniqueItems": True}
Id = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_identity_id),
    Field(json_schema_extra=_ID_FORM),
]
Ids = Annotated[
    list[Id],
    BeforeValidator(_bounded),
    AfterValidator(_unique),
    Field(json_schema_extra=_IDS_FORM),
]


class TemplateBody(Body):
    """authenticator_config: a config of its own for these jobs, which is refused."""

    authenticator_config_id: ConfigId
    post_binding_redirect_uri: Uri | None = None
    authenticator_config: SkipJsonSchema[Annotated[None, BeforeValidator(_never)]] = None


class BatchBody(Body):
    identity_ids: Ids
    job_template: TemplateBody

    def new_batch(self, adding_proof: str) -> NewBatch:
        template = self.job_template
        return NewBatch(
            frozenset(map(IdentityId, self.identity_ids)),
            template.authenticator_config_id,
            template.post_binding_redirect_uri or "",
            adding_proof,
        )
