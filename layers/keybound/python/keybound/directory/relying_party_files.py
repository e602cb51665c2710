"""The files that a relying party's own domain serves below `/.well-known/`, made from its config.

The service cannot serve them: browsers and systems ask the RP ID's domain. Its web server passes
the request on, or keeps a copy.
"""

from collections.abc import Callable
from typing import Any

from keybound.domain.authenticator_config import AuthenticatorConfig

_RELATIONS = ("delegate_permission/common.get_login_creds",)


def related_origins(config: AuthenticatorConfig) -> Any:
    """`webauthn`: who else may use the RP ID (WebAuthn L3 §5.11)."""
    return {"origins": list(config.related_origins)} if config.related_origins else None


def asset_links(config: AuthenticatorConfig) -> Any:
    """`assetlinks.json`: Android apps that may use the domain's passkeys (Digital Asset Links)."""
    return [
        {
            "relation": list(_RELATIONS),
            "target": {
                "namespace": "android_app",
                "package_name": app.package_name,
                "sha256_cert_fingerprints": list(app.sha256_cert_fingerprints),
            },
        }
        for app in config.android_apps
    ] or None


def app_site_association(config: AuthenticatorConfig) -> Any:
    """`apple-app-site-association`: apps of Apple's platforms, for the service `webcredentials`."""
    apps = list(config.apple_app_ids)
    return {"webcredentials": {"apps": apps}} if apps else None


def passkey_endpoints(config: AuthenticatorConfig) -> Any:
    """`passkey-endpoints`: where passkeys are made and managed (W3C, A Well-Known URL for Relying
    Party Passkey Endpoints)."""
    pages = {"enroll": config.passkey_enroll_url, "manage": config.passkey_manage_url}
    return {name: url for name, url in pages.items() if url} or None


FILES: dict[str, Callable[[AuthenticatorConfig], Any]] = {
    "webauthn": related_origins,
    "assetlinks.json": asset_links,
    "apple-app-site-association": app_site_association,
    "passkey-endpoints": passkey_endpoints,
}
"""By the last part of their path. Each is None for a config that has nothing to say there."""
