"""What the document says of one operation, beyond what manifest and rooms know of it."""

from dataclasses import dataclass
from typing import Any

from keybound.edge.management import Body

Schema = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A query parameter."""

    name: str
    schema: Schema
    description: str
    required: bool = False

    def content(self) -> Schema:
        return {
            "name": self.name,
            "in": "query",
            "required": self.required,
            "description": self.description,
            "schema": self.schema,
        }


@dataclass(frozen=True)
class Sent:
    """A JSON body: a model, wrapped under a name unless that is empty. optional: it may be left
    out."""

    model: type[Body] | Schema
    wrapper: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Operation:
    """One method of one path, or of one verb on it.

    id: its operationId. scopes: all that its token must have; None for a call without a token.
    answer: the TypedDict of its 200, or None for an answer without a body. refusals: statuses
    beyond those that every operation may answer. tagged: its answer has an ETag and it judges
    If-Match; once: it takes an Idempotency-Key. changes: with `once`, that it
    changes what is there; without, it makes something, which has no version to judge.
    """

    id: str
    summary: str
    scopes: tuple[str, ...] | None
    answer: Any = None
    sent: Sent | None = None
    query: tuple[Parameter, ...] = ()
    refusals: tuple[int, ...] = ()
    tagged: bool = False
    once: bool = False
    changes: bool = False

    @property
    def judges(self) -> bool:
        """Whether it judges If-Match."""
        return self.tagged and (self.changes or not self.once)


Operations = dict[str, Operation]
"""By the name of the function in the room's handler module that answers it."""
