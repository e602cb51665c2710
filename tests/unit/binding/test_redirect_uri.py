"""T9, N137: `post_binding_redirect_uri` never leaves the app that the config names."""

from typing import Any

import pytest
from keybound.binding.redirect_uri import MAX_LENGTH, is_allowed_redirect
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.ids import AuthenticatorConfigId, RealmId, TenantId


def config(**changes: Any) -> AuthenticatorConfig:
    members: dict[str, Any] = {
        "invoke_url": "https://good.example/app",
        "trusted_origins": ("https://accounts.good.example", "https://good.example:8443"),
    }
    return AuthenticatorConfig(
        id=AuthenticatorConfigId("00000000-0000-4000-8000-000000000000"),
        tenant_id=TenantId("0" * 16),
        realm_id=RealmId("0" * 16),
        display_name="App",
        invocation_type="automatic",
        authentication_methods=("webauthn_passkey",),
        relying_party_id="good.example",
        expected_origins=("https://good.example",),
        create_time=0,
        update_time=0,
        **{**members, **changes},
    )


@pytest.mark.parametrize(
    "uri",
    [
        "https://good.example",
        "https://good.example/",
        "https://good.example/callback?a=b&c=%20d#/done",
        "https://good.example?a=b",
        "https://accounts.good.example/x",
        "https://good.example:8443/x",
        "https://good.example/" + "x" * (MAX_LENGTH - 21),
    ],
)
def test_addresses_of_the_app_are_allowed(uri: str) -> None:
    assert is_allowed_redirect(uri, config())


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "callback",
        "//evil",
        "//good.example",
        "/\\evil",
        "\\\\evil",
        "https:evil",
        "https:/evil",
        "https:///evil",
        "https:good.example",
        "https://evil",
        "https://good@evil",
        "https://good.example@evil",
        "https://good.example:x@evil/",
        "https://user@good.example/",
        "https://good.evil",
        "https://good.example.evil/",
        "https://evil-good.example/",
        "https://evil.good.example/",
        "https://evil/good.example",
        "https://evil?https://good.example",
        "https://evil#https://good.example",
        "https://good.example\\@evil",
        "https://good.example\\.evil",
        "HTTPS://good.example/",
        "hTTps://good.example/",
        "https://GOOD.example/",
        "https://good.example./",
        "https://good.example.:443/",
        "https://good.example:443/",
        "https://good.example:0443/",
        "https://good.example:8444/",
        "https://good.example:/",
        "http://good.example/",
        "%2f%2fevil",
        "https:%2f%2fevil",
        "https://%67ood.example/",
        "https://good.example%2eevil/",
        "https://good.example%00.evil/",
        "https://good.example/\tx",
        "https://go\tod.example/",
        "https://good.example/\nx",
        "https://good.example/x\n",
        "\thttps://good.example/",
        " https://good.example/",
        "https://good.example/ ",
        "https://good.example/\x00",
        "https://good.example/\r\nSet-Cookie: a=b",
        'https://good.example/"><img>',
        "https://good.example/é",
        "https://ｇood.example/",
        "https://good。example/",
        "javascript:alert(1)",
        "javascript://good.example/%0aalert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "blob:https://good.example/x",
        "myapp://done",
        "https://good.example/" + "x" * (MAX_LENGTH - 20),
    ],
)
def test_every_other_address_is_refused(uri: str) -> None:
    assert not is_allowed_redirect(uri, config())


def test_an_app_scheme_allows_its_own_scheme_only() -> None:
    app = config(invoke_url="com.example.app://", trusted_origins=())
    assert is_allowed_redirect("com.example.app://done?x=1", app)
    assert is_allowed_redirect("com.example.app://", app)
    for uri in ("com.example.app:done", "COM.example.app://x", "com.example://x", "https://x"):
        assert not is_allowed_redirect(uri, app)
    assert not is_allowed_redirect("com.example.app://a b", app)


def test_an_app_scheme_with_trusted_origins_allows_those_too() -> None:
    app = config(invoke_url="myapp://", trusted_origins=("https://good.example",))
    assert is_allowed_redirect("https://good.example/x", app)
    assert is_allowed_redirect("myapp://x", app)


@pytest.mark.parametrize("scheme", ["javascript", "data", "vbscript", "file", "blob", "about"])
def test_a_scheme_that_browsers_run_is_refused_even_if_a_config_had_it(scheme: str) -> None:
    app = config(invoke_url=f"{scheme}://", trusted_origins=())
    assert not is_allowed_redirect(f"{scheme}://x", app)


def test_localhost_works_for_development() -> None:
    local = config(invoke_url="http://localhost:8082", trusted_origins=())
    assert is_allowed_redirect("http://localhost:8082/done", local)
    assert not is_allowed_redirect("http://localhost:8083/done", local)
