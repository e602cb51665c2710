"""The OpenAPI document says what manifest and rooms do: nothing is missing and nothing is more."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from openapi_spec_validator import OpenAPIV31SpecValidator

from functions.manifest import ROOMS, Host
from tests.support.sources import REPOSITORY
from tools.openapi import endpoints as reading
from tools.openapi.__main__ import text
from tools.openapi.described import DESCRIBED
from tools.openapi.document import FILE, document
from tools.openapi.endpoints import endpoints
from tools.openapi.limits import rows

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def operations(content: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, item in content["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_the_committed_document_is_what_is_generated_now() -> None:
    assert FILE.read_text("utf-8") == text(), "the API changed: run `make openapi` and commit"


def test_the_document_is_openapi_3_1(committed: dict[str, Any]) -> None:
    assert committed["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(committed).iter_errors()] == []


def test_every_route_and_method_of_the_rooms_is_in_it_and_no_other(
    committed: dict[str, Any],
) -> None:
    assert set(operations(committed)) == {(each.method, each.path) for each in endpoints()}


def test_every_path_of_the_manifest_leads_to_one_of_the_document(
    committed: dict[str, Any],
) -> None:
    """Without the rooms: the manifest's paths against the document's, variables aside."""

    def shape(path: str) -> str:
        path = re.sub(r"(/identities|\}):\w+", r"\1", path)
        return re.sub(r"{\w+}", "{}", path.replace("{collection_action}", "identities"))

    routes = {shape(path) for room in ROOMS if room.host is Host.API for path in room.routes}
    assert {shape(path) for path in committed["paths"]} == routes


def test_nothing_is_said_of_endpoints_that_are_not_there() -> None:
    there = {(each.room, each.name) for each in endpoints()}
    assert {(room, name) for room, rows in DESCRIBED.items() for name in rows} == there


def test_an_endpoint_that_nothing_is_said_of_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: row for name, row in DESCRIBED["groups"].items() if name != "update"}
    monkeypatch.setitem(DESCRIBED, "groups", without)
    with pytest.raises(LookupError, match=r"PATCH .*groups\.update"):
        document()


def test_a_room_whose_routes_differ_from_the_manifest_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = tuple(room for room in ROOMS if room.name != "groups")
    other = next(room for room in ROOMS if room.name == "roles")
    monkeypatch.setattr(
        reading, "ROOMS", (*without, type(other)("groups", other.proof, (), Host.API, ("/x",)))
    )
    with pytest.raises(LookupError, match="groups"):
        list(endpoints())


def test_operations_have_names_of_their_own(committed: dict[str, Any]) -> None:
    names = Counter(each["operationId"] for each in operations(committed).values())
    assert [name for name, times in names.items() if times > 1] == []


def test_scopes_are_those_that_tokens_can_have(committed: dict[str, Any]) -> None:
    named = {
        scope
        for operation in operations(committed).values()
        for requirement in operation["security"]
        for scope in requirement["management_token"]
    }
    assert named <= set(MANAGEMENT_SCOPES)
    # What is reserved, and what the body of a binding job decides about.
    unused = {scope.partition(":")[0] for scope in set(MANAGEMENT_SCOPES) - named}
    unused -= {scope.partition(":")[0] for scope in named}
    assert unused == {"events", "authenticators"}


def test_calls_without_a_token_are_those_whose_rooms_ask_for_none(
    committed: dict[str, Any],
) -> None:
    free = {path for (_, path), each in operations(committed).items() if not each["security"]}
    named = {room.name for room in ROOMS if room.host is Host.API and room.proof.value == "none"}
    assert free == {path for r in ROOMS if r.name in named for path in r.routes}


def test_the_page_of_the_api_has_the_same_limits(committed: dict[str, Any]) -> None:
    page = (REPOSITORY / "docs" / "api.md").read_text("utf-8")
    assert [row for row in rows() if row not in page] == []
    assert [row for row in rows() if row not in committed["info"]["description"]] == []
