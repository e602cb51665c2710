"""What a scope parameter may be, who gets what, and whom a hint names."""

import pytest
from keybound.domain.application import Application
from keybound.oauth.errors import InvalidScope
from keybound.oauth.hints import matches_login_hint
from keybound.oauth.scopes import (
    granted_to_client,
    granted_to_identity,
    may_hold,
    requested_scopes,
)

from tests.support.directory_samples import new_identity


def application(*allowed: str) -> Application:
    return Application(
        id="00000000-0000-4000-8000-000000000000",  # type: ignore[arg-type]
        tenant_id="0" * 16,  # type: ignore[arg-type]
        realm_id="0" * 16,  # type: ignore[arg-type]
        display_name="Shop",
        protocol="oidc",
        confidentiality="confidential",
        client_id="client",
        client_secret_hash="",
        grant_types=("authorization_code",),
        redirect_uris=(),
        allowed_scopes=allowed,
        expires_after=3600,
        create_time=0,
        update_time=0,
    )


@pytest.mark.parametrize(
    "scope",
    [" ", "a ", " a", "a  b", "a\tb", "a\n", 'a"', "a\\", "\x7f", "\u00e9", "a" * 4097, "a,\x00"],
)
def test_a_malformed_scope_is_refused(scope: str) -> None:
    """RFC 6749 §3.3, Appendix A.4."""
    with pytest.raises(InvalidScope):
        requested_scopes(scope)


def test_repeats_are_dropped_and_order_is_kept() -> None:
    assert requested_scopes("b a b") == ("b", "a")
    assert requested_scopes("") == ()


def test_identity_scopes_need_no_allowance_and_nothing_else_goes_without() -> None:
    assert granted_to_identity(application(), "openid email profile") == (
        "openid",
        "email",
        "profile",
    )
    assert granted_to_identity(application("a", "b"), "") == ("a", "b")
    for app, scope in ((application(), "a"), (application("a"), "a b"), (application(), "")):
        with pytest.raises(InvalidScope):
            granted_to_identity(app, scope)


def test_t35_a_client_gets_no_identity_scope_even_if_it_is_allowed_one() -> None:
    assert granted_to_client(application("openid", "a", "email"), "") == ("a",)
    with pytest.raises(InvalidScope):
        granted_to_client(application("openid"), "openid")


def test_a_granted_scope_is_held_only_while_it_is_allowed() -> None:
    assert may_hold(application("a"), "openid a")
    assert not may_hold(application(), "openid a")
    assert not may_hold(application("a"), "")


def test_a_login_hint_names_an_identity_by_id_username_or_address() -> None:
    identity = new_identity(
        traits={"username": "Ada Lovelace", "primary_email_address": "Ada@Example.com"}
    )
    for hint in ("", identity.id, "ada lovelace", "ADA LOVELACE", "ada@example.com"):
        assert matches_login_hint(identity, hint)
    for hint in ("ada", " ", "ada@example.co", identity.id + "0", "Ada Lovelace "):
        assert not matches_login_hint(identity, hint)


def test_an_identity_without_address_matches_no_empty_one() -> None:
    assert not matches_login_hint(new_identity("ada"), "\u200b")
