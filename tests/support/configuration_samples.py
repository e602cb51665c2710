"""Applications and authenticator configs of one realm, for tests below the rooms."""

import os
from dataclasses import replace
from typing import Any

from keybound.domain.application import Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.ids import ApplicationId, AuthenticatorConfigId, new_uuid

from tests.support.directory_samples import NOW, REALM


def new_application(**changes: Any) -> Application:
    """Return a public OpenID Connect client that is not stored yet."""
    application = Application(
        id=ApplicationId(new_uuid(os.urandom)),
        tenant_id=REALM.tenant_id,
        realm_id=REALM.realm_id,
        display_name="Web app",
        protocol="oidc",
        confidentiality="public",
        client_id="c" * 24,
        client_secret_hash="",
        grant_types=("authorization_code",),
        redirect_uris=("https://app.example.com/callback",),
        allowed_scopes=(),
        expires_after=3600,
        create_time=NOW,
        update_time=NOW,
        pkce="s256",
    )
    return replace(application, **changes)


def new_config(**changes: Any) -> AuthenticatorConfig:
    """Return a config of app.example.com that is not stored yet."""
    config = AuthenticatorConfig(
        id=AuthenticatorConfigId(new_uuid(os.urandom)),
        tenant_id=REALM.tenant_id,
        realm_id=REALM.realm_id,
        display_name="Web app",
        invoke_url="https://app.example.com",
        invocation_type="automatic",
        trusted_origins=("https://app.example.com",),
        authentication_methods=("webauthn_passkey",),
        relying_party_id="app.example.com",
        expected_origins=("https://app.example.com",),
        create_time=NOW,
        update_time=NOW,
    )
    return replace(config, **changes)
