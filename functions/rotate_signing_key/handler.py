"""Rotates wrapped signing key pairs. Invoked by the scheduler, by no route.

Takes at most one step an algorithm (OpenID Connect Core 1.0 §10.1.1: publish, switch, retire) and
returns their names, `{"RS256": "waiting", …}`. Safe to run twice at once: one of them wins. Where
KMS itself signs, it changes nothing: there rotation is an operator's command.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.application import ES256, RS256
from keybound.domain.errors import Unavailable
from keybound.edge.observability import log_request
from keybound.edge.settings import KMS_DATA_KEY_PAIR

from functions import composition
from functions.rotate_signing_key import wiring

OFF = "off"


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, str]:
    """Advance every algorithm. Raises Unavailable, after all were tried, when one failed."""
    if composition.settings().signing_mode != KMS_DATA_KEY_PAIR:
        return {alg: OFF for alg in (RS256, ES256)}
    steps, failures = {}, []
    for alg in (RS256, ES256):
        try:
            steps[alg] = wiring.rotation().advance(alg, wiring.make_key)
        except Unavailable as failure:
            steps[alg] = "failed"
            failures.append(failure)
    detail = "; ".join(failure.detail for failure in failures)
    level = "error" if failures else "info"
    log_request("rotation", level=level, room="rotate_signing_key", detail=detail, **steps)
    if failures:
        raise failures[0]
    return steps
