"""Each operation asks for a token, and for exactly the scopes that the OpenAPI document names."""

import json
import re

import pytest
from keybound.domain.management_scopes import MANAGEMENT_SCOPES

from tests.support.openapi_answers import published
from tests.support.platform import Platform

OPERATIONS = [
    (method.upper(), path, operation["security"][0]["management_token"])
    for path, item in published()["paths"].items()
    for method, operation in item.items()
    if method != "parameters" and operation["security"]
]
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]
every_operation = pytest.mark.parametrize(("method", "path", "scopes"), OPERATIONS, ids=NAMES)


def real(platform: Platform, path: str) -> str:
    """The path in the platform's realm; what it names below need not exist."""
    path = path.replace("{tenant_id}", platform.tenant_id).replace("{realm_id}", platform.realm_id)
    return re.sub(r"{\w+}", "0011223344556677", path)


@pytest.fixture(scope="module")
def tokens(platform: Platform) -> dict[str, str]:
    """A token for each scope that lacks this one alone."""
    every = set(MANAGEMENT_SCOPES)
    claims = platform.management_claims()
    return {
        scope: platform.sign(claims | {"scope": " ".join(sorted(every - {scope}))})
        for scope in MANAGEMENT_SCOPES
    }


@every_operation
def test_without_a_token_nobody_is_answered(
    platform: Platform, method: str, path: str, scopes: list[str]
) -> None:
    answer = platform.call(method, real(platform, path), json={})
    assert (answer.status, answer.json()["code"]) == (401, "unauthorized")


@every_operation
def test_each_scope_that_is_named_is_asked_for(
    platform: Platform, tokens: dict[str, str], method: str, path: str, scopes: list[str]
) -> None:
    for scope in scopes:
        answer = platform.call(method, real(platform, path), json={}, token=tokens[scope])
        assert answer.status == 403, f"without {scope}: {answer.text}"
        (wanted,) = re.findall(r'scope="([^"]*)"', answer.headers["www-authenticate"])
        assert set(wanted.split(" ")) == set(scopes)


@every_operation
def test_no_scope_that_is_not_named_is_asked_for(
    platform: Platform, method: str, path: str, scopes: list[str]
) -> None:
    token = platform.sign(platform.management_claims() | {"scope": " ".join(scopes)})
    answer = platform.call(method, real(platform, path), json={}, token=token)
    assert (answer.status, "insufficient_scope" in answer.text) != (403, True), json.loads(
        answer.body
    )
