"""What every path without a route of its own answers, on both hosts (`$default`).

404 in the management API's form, for every method alike, so that nothing is learned of what exists.
"""

from collections.abc import Mapping
from typing import Any

from keybound.edge.room import run


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Answer one event."""
    return run({}, event, room="fallback")
