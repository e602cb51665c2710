"""Hands work to another room without waiting for it.

Lambda keeps the event and repeats it when the room fails; who asked is answered meanwhile.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from keybound.domain.errors import Unavailable


def invoke_later(client: Callable[[], Any], function: str, event: Mapping[str, str]) -> None:
    """Have a function called with an event of ids. Raises Unavailable when Lambda did not say
    that it will; it may all the same."""
    payload = json.dumps(event).encode()
    try:
        client().invoke(FunctionName=function, InvocationType="Event", Payload=payload)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise Unavailable(detail=f"lambda {code}") from error
    except BotoCoreError as error:
        raise Unavailable(detail=f"lambda {type(error).__name__}") from error
