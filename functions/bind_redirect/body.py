"""The body of completeBinding: what the authenticator answered, and the sealed ceremony."""

from typing import Any

from keybound.binding.ceremony import Answer
from keybound.edge.http import Request
from keybound.edge.json_body import read_json_object
from keybound.edge.management import Body, FreeName, validated


class CompletionBody(Body):
    binding_session: str
    credential: dict[str, Any]
    display_name: FreeName | None = None


def read_answer(request: Request) -> Answer:
    """Read the body. Raises BadRequest naming the member, PayloadTooLarge."""
    body = validated("", CompletionBody, read_json_object(request.body))
    return Answer(body.binding_session, body.credential, body.display_name or "")
