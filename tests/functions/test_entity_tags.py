"""`ETag`, `If-Match`, `If-None-Match` of the management API (RFC 9110 §8.8.3, §13.1)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.access_bodies import make_server, server_body
from tests.support.at_once import at_once
from tests.support.configuration_bodies import client_body, config_body, refused_fields
from tests.support.platform import Answer, Platform
from tests.support.table_state import stored

Made = tuple[str, dict[str, Any], Answer]


def identity(platform: Platform) -> Made:
    traits = {"type": "traits_v0", "username": f"ada{len(stored())}"}
    body = {"identity": {"display_name": "Ada", "traits": traits}}
    answer = platform.manage("POST", "/identities", body)
    return f"/identities/{answer.json()['id']}", {"identity": {"display_name": "Eve"}}, answer


def application(platform: Platform) -> Made:
    answer = platform.manage("POST", "/applications", client_body())
    change = {"application": {"display_name": "Eve"}}
    return f"/applications/{answer.json()['id']}", change, answer


def config(platform: Platform) -> Made:
    answer = platform.manage("POST", "/authenticator-configs", config_body())
    change = {"authenticator_config": {"display_name": "Eve"}}
    return f"/authenticator-configs/{answer.json()['id']}", change, answer


def server(platform: Platform) -> Made:
    body = server_body(identifier=f"https://api{len(stored())}.example.com")
    answer = platform.manage("POST", "/resource-servers", body)
    change = {"resource_server": {"display_name": "Eve"}}
    return f"/resource-servers/{answer.json()['id']}", change, answer


def group(platform: Platform) -> Made:
    answer = platform.manage("POST", "/groups", {"group": {"display_name": "Day"}})
    return f"/groups/{answer.json()['id']}", {"group": {"display_name": "Eve"}}, answer


def role(platform: Platform) -> Made:
    parent = make_server(platform, identifier=f"https://roles{len(stored())}.example.com")
    path = f"/resource-servers/{parent['id']}/roles"
    answer = platform.manage("POST", path, {"role": {"display_name": "Clerk"}})
    return f"{path}/{answer.json()['id']}", {"role": {"display_name": "Eve"}}, answer


KINDS: dict[str, Callable[[Platform], Made]] = {
    "identities": identity,
    "applications": application,
    "authenticator-configs": config,
    "resource-servers": server,
    "groups": group,
    "roles": role,
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def made(request: pytest.FixtureRequest, platform: Platform) -> Made:
    found: Made = request.param(platform)
    return found


def send(platform: Platform, method: str, path: str, json: Any = None, **headers: str) -> Answer:
    named = [(name.replace("_", "-"), text) for name, text in headers.items()]
    path = path if path.startswith("/v1/") else platform.realm_path + path
    token = platform.good_token()
    return platform.call(method, path, json=json, token=token, headers=named)


def test_creation_read_and_change_answer_with_a_strong_tag(platform: Platform, made: Made) -> None:
    path, change, answer = made
    tag = answer.headers["etag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    read = send(platform, "GET", path)
    assert read.headers["etag"] == tag
    assert send(platform, "HEAD", path).headers["etag"] == tag
    changed = send(platform, "PATCH", path, change)
    assert changed.headers["etag"] != tag
    assert send(platform, "GET", path).headers["etag"] == changed.headers["etag"]


def test_a_change_that_changes_nothing_keeps_the_tag(platform: Platform, made: Made) -> None:
    """N124: a PATCH without members is 200, and the resource is as it was."""
    path, change, answer = made
    empty: dict[str, Any] = {wrapper: {} for wrapper in change}
    same = send(platform, "PATCH", path, empty)
    assert same.status == 200
    assert same.headers["etag"] == answer.headers["etag"]


def test_what_was_changed_and_changed_back_has_another_tag(platform: Platform, made: Made) -> None:
    path, change, answer = made
    assert send(platform, "PATCH", path, change).status == 200
    name = {wrapper: {"display_name": answer.json()["display_name"]} for wrapper in change}
    back = send(platform, "PATCH", path, name)
    assert back.json()["display_name"] == answer.json()["display_name"]
    assert back.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize("form", ["{}", "*", '"no", {}', ' {} , W/"x"', ",{}"])
def test_a_change_on_the_present_version_holds(platform: Platform, made: Made, form: str) -> None:
    path, change, answer = made
    wanted = form.format(answer.headers["etag"])
    changed = send(platform, "PATCH", path, change, if_match=wanted)
    assert changed.status == 200, changed.text
    assert changed.json()["display_name"] == "Eve"
    wanted = form.format(changed.headers["etag"])
    assert send(platform, "DELETE", path, if_match=wanted).status == 200


@pytest.mark.parametrize("form", ['"no"', "W/{}", '"no", W/{}', "stale"])
def test_a_change_on_another_version_is_412_and_changes_nothing(
    platform: Platform, made: Made, form: str
) -> None:
    """§13.1.1: the comparison is strong, so a weak tag matches nothing."""
    path, change, answer = made
    tag = answer.headers["etag"]
    if form == "stale":
        name = {wrapper: {"display_name": "Meanwhile"} for wrapper in change}
        assert send(platform, "PATCH", path, name).status == 200
        form = "{}"
    before = stored()
    for method, body in (("PATCH", change), ("DELETE", None)):
        answer = send(platform, method, path, body, if_match=form.format(tag))
        assert answer.status == 412
        assert answer.json()["code"] == "precondition_failed"
    assert stored() == before


def test_a_change_on_if_none_match_is_refused_while_it_matches(
    platform: Platform, made: Made
) -> None:
    path, change, answer = made
    tag = answer.headers["etag"]
    for unwanted in ("*", tag, f"W/{tag}"):
        assert send(platform, "PATCH", path, change, if_none_match=unwanted).status == 412
    assert send(platform, "PATCH", path, change, if_none_match='"no"').status == 200


@pytest.mark.parametrize("form", ["{}", "W/{}", '"no",{}', "*"])
def test_a_reader_who_has_it_gets_304_without_a_body(
    platform: Platform, made: Made, form: str
) -> None:
    """§13.1.2: the comparison is weak."""
    path, change, answer = made
    tag = answer.headers["etag"]
    known = send(platform, "GET", path, if_none_match=form.format(tag))
    assert (known.status, known.body) == (304, b"")
    assert known.headers["etag"] == tag
    assert send(platform, "HEAD", path, if_none_match=form.format(tag)).status == 304
    assert send(platform, "PATCH", path, change).status == 200
    if form != "*":
        assert send(platform, "GET", path, if_none_match=form.format(tag)).status == 200
        assert send(platform, "GET", path, if_match=tag).status == 412


@pytest.mark.parametrize("bad", ["", "abc", '"a', '"a" "b"', ",", "*, *", '"' + "a" * 5000 + '"'])
@pytest.mark.parametrize("name", ["if_match", "if_none_match"])
def test_a_header_that_is_no_list_of_tags_is_400(
    platform: Platform, made: Made, name: str, bad: str
) -> None:
    path, change, _ = made
    before = stored()
    wanted = {"if_match": "If-Match", "if_none_match": "If-None-Match"}[name]
    for method, body in (("GET", None), ("PATCH", change), ("DELETE", None)):
        assert refused_fields(send(platform, method, path, body, **{name: bad})) == [wanted]
    assert stored() == before


def test_what_does_not_exist_is_404_whatever_is_expected(platform: Platform, made: Made) -> None:
    """§13.2.1: a precondition does not change an answer that would be an error anyway."""
    path, change, _ = made
    assert send(platform, "DELETE", path).status == 200
    for method, body in (("GET", None), ("PATCH", change), ("DELETE", None)):
        assert send(platform, method, path, body, if_match="*").status == 404


def test_of_many_changes_on_one_version_one_holds(platform: Platform, made: Made) -> None:
    path, change, answer = made
    (wrapper,) = change
    tag = answer.headers["etag"]

    def run(number: int) -> Answer:
        body = {wrapper: {"display_name": f"Name {number}"}}
        return send(platform, "PATCH", path, body, if_match=tag)

    answers = [a for a in at_once(6, run) if isinstance(a, Answer)]
    assert sorted(a.status for a in answers) == [200] + [412] * 5
    (held,) = [a for a in answers if a.status == 200]
    assert send(platform, "GET", path).body == held.body


def test_the_tag_of_a_creation_does_not_depend_on_the_secret(platform: Platform) -> None:
    made = platform.manage("POST", "/applications", client_body())
    path = f"/applications/{made.json()['id']}"
    assert "client_secret" not in send(platform, "GET", path).json()["protocol_config"]
    assert send(platform, "GET", path).headers["etag"] == made.headers["etag"]


def test_the_tag_of_a_role_changes_with_its_scopes(platform: Platform) -> None:
    """They have a list of their own, but whoever would delete the role means what it gives."""
    path, _, made = role(platform)
    given = platform.manage("POST", f"{path}:addScopes", {"scopes": ["orders:read"]})
    assert given.status == 200, given.text
    tag = made.headers["etag"]
    assert send(platform, "DELETE", path, if_match=tag).status == 412
    assert send(platform, "GET", path).headers["etag"] != tag


def test_scopes_of_a_server_stay_with_roles_when_its_version_is_another(
    platform: Platform,
) -> None:
    path, _, _ = role(platform)
    server_path = path.partition("/roles/")[0]
    given = platform.manage("POST", f"{path}:addScopes", {"scopes": ["orders:read"]})
    assert given.status == 200, given.text
    fewer = {"resource_server": {"scopes": ["orders:write"]}}
    before = stored()
    assert send(platform, "PATCH", server_path, fewer, if_match='"no"').status == 412
    assert stored() == before
    tag = send(platform, "GET", server_path).headers["etag"]
    assert send(platform, "PATCH", server_path, fewer, if_match=tag).status == 200
    assert platform.manage("GET", f"{path}:listScopes").json()["scopes"] == []


# --- Verbs that change what is tagged


def rotation(platform: Platform, *tags: str, **headers: str) -> tuple[str, Answer]:
    """Make an application and rotate its secret under If-Match of its tag, or of `tags`."""
    path, _, _ = application(platform)
    tag = send(platform, "GET", path).headers["etag"]
    if_match = ", ".join(tags) or tag
    return path, send(platform, "POST", f"{path}:rotateSecret", if_match=if_match, **headers)


def test_a_rotation_on_the_present_version_holds_and_answers_the_next(platform: Platform) -> None:
    path, answer = rotation(platform)
    assert answer.status == 200, answer.text
    assert answer.headers["etag"] == send(platform, "GET", path).headers["etag"]
    path, answer = rotation(platform, "*")
    assert answer.status == 200
    assert answer.headers["etag"] == send(platform, "GET", path).headers["etag"]


def test_a_rotation_on_another_version_is_412_and_rotates_nothing(platform: Platform) -> None:
    before = set(stored())
    path, answer = rotation(platform, '"other"')
    assert (answer.status, answer.json()["code"]) == (412, "precondition_failed")
    read = send(platform, "GET", path).json()
    assert "previous_client_secret_expire_time" not in read["protocol_config"]
    _, answer = rotation(platform, '"other"', idempotency_key="of another version")
    assert answer.status == 412
    assert [sk for _, _, sk in set(stored()) - before if sk == "IDEMPOTENCY"] == []


def test_a_rotation_that_is_repeated_with_its_key_is_answered_though_its_version_is_gone(
    platform: Platform,
) -> None:
    path, first = rotation(platform, idempotency_key="again")
    again = send(
        platform, "POST", f"{path}:rotateSecret", if_match='"any"', idempotency_key="again"
    )
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_a_batch_judges_no_versions_and_says_so(platform: Platform, header: str) -> None:
    """Passed over, the condition would lose what somebody wanted to keep."""
    path, _, _ = identity(platform)
    tag = send(platform, "GET", path).headers["etag"]
    ids = {"ids": [path.rpartition("/")[2]]}
    answer = send(platform, "POST", "/identities:batchDelete", ids, **{header: tag})
    assert answer.status == 400
    [detail] = answer.json()["details"]
    assert detail["field_violations"][0]["field"].lower() == header.replace("_", "-")
    assert send(platform, "GET", path).status == 200
