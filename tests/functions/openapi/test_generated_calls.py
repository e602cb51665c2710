"""Calls that schemathesis makes from the OpenAPI document, good and damaged.

Each is answered as the document says, without a member that it does not say, and none breaks
anything.
"""

from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.support.management_stand import filled, wsgi
from tests.support.openapi_answers import faults, published
from tests.support.platform import Platform

GOOD, DAMAGED = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
BOUNDED = settings(
    derandomize=True,
    deadline=None,
    max_examples=3,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# Rules between members (a confidential client, a known config) are none that a schema states, and
# taking what a body should not have is a documented choice (docs/api.md, "members we do not know").
# Calls without a token are judged in test_scopes.py: that check sends our header again.
NOT_JUDGED = [positive_data_acceptance, negative_data_rejection, ignored_auth]

# Deletions last: what they delete is what the other calls are about.
OPERATIONS = sorted(
    (
        (method.upper(), path)
        for path, item in published()["paths"].items()
        for method in item
        if method != "parameters"
    ),
    key=lambda each: each[0] == "DELETE",
)


@pytest.fixture(scope="module")
def headers(platform: Platform) -> dict[str, str]:
    return {"authorization": f"Bearer {platform.management_token()}"}


@pytest.fixture(scope="module")
def api(platform: Platform) -> Any:
    config = SchemathesisConfig.from_dict({"generation": {"deterministic": True}})
    schema = schemathesis.openapi.from_dict(filled(platform), config=config)
    schema.app = wsgi
    return schema


@pytest.mark.parametrize("mode", [GOOD, DAMAGED], ids=["good", "damaged"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{m} {p}" for m, p in OPERATIONS])
def test_a_generated_call_is_answered_as_documented(
    api: Any, headers: dict[str, str], method: str, path: str, mode: GenerationMode
) -> None:
    @BOUNDED
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def calls(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers=headers, excluded_checks=NOT_JUDGED)
        first = {name: values[0] for name, values in answer.headers.items()}
        sent = str(urlsplit(str(answer.request.url)).path)
        assert faults(method, sent, answer.status_code, first, answer.content) == []

    if mode is GOOD or "{" in path:  # of a path without variables nothing can be damaged
        calls()
