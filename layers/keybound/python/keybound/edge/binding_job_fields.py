"""Members that bodies for binding jobs have in common, of one job and of a batch."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from keybound.binding.redirect_uri import MAX_LENGTH
from keybound.edge.management import said


def filled(text: str) -> str:
    """Return `text` unless it is empty."""
    if not text:
        raise PydanticCustomError("text", "empty string")
    return text


ConfigId = Annotated[
    str, StringConstraints(max_length=64), AfterValidator(filled), said(minLength=1)
]
Uri = Annotated[
    str, StringConstraints(max_length=MAX_LENGTH), AfterValidator(filled), said(minLength=1)
]
