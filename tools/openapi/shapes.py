"""Types of members that many answers have, and what lists are asked with."""

from typing import Annotated, Any

from keybound.edge.paging import LONG_LIST, MAX_SKIP, SHORT_LIST, PageLimits
from pydantic import Field

from tools.openapi.operation import Parameter, Schema


def _shown(**keywords: Any) -> Any:
    return Field(json_schema_extra=keywords)


HexId = Annotated[str, _shown(pattern="^[0-9a-f]{16}$")]
Uuid = Annotated[str, _shown(format="uuid")]
Time = Annotated[str, _shown(format="date-time")]
Count = Annotated[int, Field(ge=0)]
UnixTime = Annotated[int, Field(ge=0, description="seconds since 1970")]
NextPageToken = Annotated[str, Field(description="left out on the last page")]

UINT32: Schema = {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
SKIP: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_SKIP}
PAGE_TOKEN = Parameter(
    "page_token", {"type": "string"}, "`next_page_token` of the page before; good for a week"
)
RESOURCE_SERVER_ID = Parameter(
    "resource_server_id", {"type": "string", "minLength": 1}, "of this resource server", True
)


def paged(limits: PageLimits) -> tuple[Parameter, ...]:
    """Return the parameters of a list with these limits."""
    size = Parameter(
        "page_size",
        UINT32 | {"default": limits.default},
        f"more than {limits.maximum} are taken for {limits.maximum}, 0 for {limits.default}",
    )
    skip = Parameter("skip", SKIP | {"default": 0}, "how many to pass over, from the start")
    return (size, PAGE_TOKEN, *((skip,) if limits.may_skip else ()))


LONG = paged(LONG_LIST)
SHORT = paged(SHORT_LIST)


def texts(*names: str) -> Schema:
    """Return the body of a verb that carries lists of texts; one of them must have an element."""
    member: Schema = {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1 if len(names) == 1 else 0,
        "maxItems": 1000,
        "uniqueItems": True,
    }
    either = (
        {"required": [names[0]]}
        if len(names) == 1
        else {
            "anyOf": [{"required": [name], "properties": {name: {"minItems": 1}}} for name in names]
        }
    )
    return {"type": "object", "properties": dict.fromkeys(names, member), **either}
