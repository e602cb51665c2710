"""JSON Schemas of bodies and answers, from their models (JSON Schema 2020-12, as OpenAPI 3.1)."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import TypeAdapter

from tools.openapi.operation import Schema

REFERENCE = "#/components/schemas/{model}"


class Components:
    """Schemas of many models; those that have a name are said once."""

    def __init__(self, models: Iterable[Any]) -> None:
        mode: Literal["validation"] = "validation"
        adapters = [(model, mode, TypeAdapter(model)) for model in models]
        by_key, definitions = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)
        self._schemas: dict[Any, Schema] = {
            model: _plain(schema) for (model, _), schema in by_key.items()
        }
        self.named: Schema = _plain_members(definitions["$defs"])

    def of(self, model: Any) -> Schema:
        """Return the model's schema, a reference where it has a name."""
        return self._schemas[model]


def _plain(schema: Any) -> Any:
    """Leave out what pydantic adds for forms: titles; and the defaults of bodies, which stand for
    `not sent` and are no values."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: _plain_members(value) if keyword == "properties" else _plain(value)
        for keyword, value in schema.items()
        if keyword not in ("title", "default")
    }


def _plain_members(members: Schema) -> Schema:
    return {name: _plain(schema) for name, schema in members.items()}
