"""The page of the management API on the development server's api port."""

import pytest

from tools.devserver.api_page import api_page
from tools.devserver.events import HttpCall
from tools.openapi.endpoints import endpoints


def shown() -> str:
    answer = api_page(HttpCall("GET", "/_dev/api"))
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.body.decode()


def test_it_names_every_operation() -> None:
    page = shown()
    for each in endpoints():
        assert f"<b>{each.method}</b> <code>{each.path}</code>" in page


def test_it_loads_nothing_and_runs_nothing() -> None:
    page = shown()
    assert "<script" not in page
    assert "src=" not in page
    assert "http://" not in page


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/_dev/api"), ("GET", "/_dev/api/"), ("GET", "/openapi.json")]
)
def test_other_calls_are_for_the_rooms(method: str, path: str) -> None:
    assert api_page(HttpCall(method, path)) is None
