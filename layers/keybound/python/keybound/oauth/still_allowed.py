"""Judges an authorization request that came back against the application as it is now."""

from keybound.domain.application import AUTHORIZATION_CODE, Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.ports import Configuration
from keybound.oauth.redirect_uris import is_registered
from keybound.oauth.request_token import OpenedRequest
from keybound.oauth.scopes import may_hold


def check_still_allowed(
    configuration: Configuration, application: Application, opened: OpenedRequest
) -> AuthenticatorConfig:
    """Return the application's config. Raises InvalidRequest, Unavailable."""
    sealed = opened.sealed
    config = None
    if application.authenticator_config_id is not None:
        config = configuration.find_authenticator_config(
            application.tenant_id, application.realm_id, application.authenticator_config_id
        )
    allowed = (
        opened.client_id == application.client_id
        and AUTHORIZATION_CODE in application.grant_types
        and is_registered(application, sealed.redirect_uri)
        and (bool(sealed.code_challenge) or not application.needs_pkce)
        and may_hold(application, sealed.scope)
        and (bool(sealed.pushed) or not application.require_pushed_authorization_requests)
    )
    if config is None or not allowed:
        raise InvalidRequest("the application has changed since; start the sign-in again")
    return config
