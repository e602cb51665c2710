"""The room `themes`, and where a theme shows."""

from typing import Any

import pytest

from tests.support.at_once import at_once
from tests.support.binding_steps import new_binding
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform
from tests.support.table_state import stored

LOGO = "https://cdn.example.com/logo.svg"


def fresh(platform: Platform) -> str:
    made = platform.create_realm(platform.management, "Shop")
    return f"/v1/tenants/{platform.tenant_id}/realms/{made.id}/themes"


def create(platform: Platform, path: str, **members: Any) -> Answer:
    return platform.manage("POST", path, {"theme": members})


def test_a_realm_without_a_theme_has_a_default(platform: Platform) -> None:
    path = fresh(platform)
    shown = platform.manage("GET", f"{path}/active").json()
    assert "id" not in shown
    assert shown["email_realm_name"] == "Shop"
    assert shown["logo_url_light"] == shown["support_url"] == ""
    assert shown["button_color"] == "#1f2937"


def test_a_theme_is_made_once_shown_as_active_and_changed(platform: Platform) -> None:
    path = fresh(platform)
    made = create(platform, path, logo_url_light=LOGO, button_color="#AABBCC")
    assert made.status == 200, made.text
    theme = made.json()
    assert theme["email_realm_name"] == "Shop"
    assert (theme["logo_url_light"], theme["button_color"]) == (LOGO, "#aabbcc")
    for name in ("active", theme["id"]):
        assert platform.manage("GET", f"{path}/{name}").json() == theme
        assert platform.manage("GET", f"{path}/{name}").headers["etag"] == made.headers["etag"]
    second = create(platform, path, email_realm_name="Second")
    assert (second.status, second.json()["message"]) == (409, "theme already exists for this realm")
    body = {"theme": {"support_url": "https://help.example.com/?a=b", "logo_url_light": None}}
    changed = platform.manage("PATCH", f"{path}/{theme['id']}", body).json()
    assert changed["support_url"] == "https://help.example.com/?a=b"
    assert (changed["logo_url_light"], changed["button_color"]) == ("", "#aabbcc")
    assert changed["create_time"] == theme["create_time"]
    assert platform.manage("GET", f"{path}/active").json() == changed


def test_of_many_creations_at_once_one_is_made(platform: Platform) -> None:
    path, token = fresh(platform), platform.management_token()

    def run(number: int) -> Answer:
        body = {"theme": {"email_realm_name": f"Name {number}"}}
        return platform.call("POST", path, json=body, token=token)

    statuses = [a.status for a in at_once(6, run) if isinstance(a, Answer)]
    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]


def test_equal_creations_under_one_key_get_one_answer(platform: Platform) -> None:
    path, token = fresh(platform), platform.management_token()

    def run(_: int) -> Answer:
        key = [("idempotency-key", "theme")]
        return platform.call("POST", path, json={"theme": {}}, token=token, headers=key)

    answers = [a for a in at_once(4, run) if isinstance(a, Answer)]
    assert [a.status for a in answers] == [200] * 4
    assert len({a.body for a in answers}) == 1


@pytest.mark.parametrize(
    ("member", "bad"),
    [
        *(
            (member, bad)
            for member in ("logo_url_light", "logo_url_dark", "support_url")
            for bad in (
                "javascript:alert(1)",
                "JaVaScRiPt:alert(1)",
                "data:text/html,x",
                "http://cdn.example.com/logo.svg",
                "//cdn.example.com/logo.svg",
                "https://",
                "https://user:pw@example.com/",
                'https://example.com/"onload="x',
                "https://example.com/<script>",
                "https://example.com/ x",
                "https://example.com:x/",
                "https://exämple.com/",
                "https://example.com/" + "x" * 1024,
            )
        ),
        *(
            (member, bad)
            for member in ("button_color", "button_text_color")
            for bad in ("red", "#12345", "#1234567", "#12345g", "", "#123456;}", "#１23456")
        ),
        ("email_realm_name", ""),
        ("email_realm_name", "x" * 65),
        ("email_realm_name", "a\r\nBcc: x"),
        ("email_realm_name", None),
    ],
)
def test_what_could_reach_a_page_or_mail_is_refused_by_member(
    platform: Platform, member: str, bad: object
) -> None:
    path = f"{platform.realm_path}/themes"
    before = stored()
    assert refused_fields(create(platform, path, **{member: bad})) == [f"theme.{member}"]
    assert stored() == before


def test_scopes_tenants_and_methods(platform: Platform) -> None:
    """N125, N134."""
    path = fresh(platform)
    made = create(platform, path).json()
    one, body = f"{path}/{made['id']}", {"theme": {}}
    assert platform.manage("POST", path, body, scopes=["themes:read"]).status == 403
    assert platform.manage("GET", one, scopes=["themes:update"]).status == 403
    assert platform.manage("PATCH", one, body, scopes=["themes:read"]).status == 403
    assert platform.manage("PATCH", f"{path}/active", body).status == 405
    assert platform.manage("DELETE", one).status == 405
    assert platform.manage("GET", path).status == 405
    elsewhere = fresh(platform)
    for place in (f"{elsewhere}/{made['id']}", f"{path}/x", f"{path}/{'0' * 36}"):
        assert platform.manage("GET", place).status == 404
        assert platform.manage("PATCH", place, body).status == 404
    other = platform.second_tenant()
    token = platform.management_token(client=other)
    assert platform.call("GET", f"{path}/active", token=token).status == 404
    stale = [("if-match", '"old"')]
    token = platform.management_token()
    assert platform.call("PATCH", one, json=body, token=token, headers=stale).status == 412


def test_a_binding_shows_the_theme(platform: Platform) -> None:
    binding = new_binding(platform)
    path = f"{platform.realm_path}/themes"
    made = create(platform, path, logo_url_dark=LOGO, support_url="https://help.example.com")
    assert made.status == 200, made.text
    assert binding.link().begin().json()["theme"] == {
        "logo_url_light": "",
        "logo_url_dark": LOGO,
        "support_url": "https://help.example.com",
    }
