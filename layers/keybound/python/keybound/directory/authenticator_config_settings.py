"""What a caller may set on an authenticator config, and what a new one starts from."""

from typing import TypedDict

from keybound.directory.android_apps import origins_of
from keybound.directory.relying_party_id import derived_relying_party_id
from keybound.domain import authenticator_config as c
from keybound.domain.authenticator_config import AndroidApp, AuthenticatorConfig
from keybound.domain.ids import AuthenticatorConfigId, new_uuid
from keybound.domain.invoke_url import web_origin
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath

DEFAULT_METHODS = (c.WEBAUTHN_PASSKEY, c.SOFTWARE_PASSKEY)


class AuthenticatorConfigSettings(TypedDict, total=False):
    """Settable members under the names of `AuthenticatorConfig`; absent means unchanged, or at
    creation the default."""

    type: str
    display_name: str
    invoke_url: str
    invocation_type: str
    trusted_origins: tuple[str, ...]
    authentication_methods: tuple[str, ...]
    relying_party_id: str
    expected_origins: tuple[str, ...]
    additional_passkey_policy: str
    one_time_password_creates_identities: bool
    related_origins: tuple[str, ...]
    android_apps: tuple[AndroidApp, ...]
    apple_app_ids: tuple[str, ...]
    passkey_enroll_url: str
    passkey_manage_url: str


def new_authenticator_config(
    where: RealmPath, settings: AuthenticatorConfigSettings, randomness: Randomness, now: int
) -> AuthenticatorConfig:
    """Return a config as it would be stored, not judged yet. What was left out is derived:

    expected_origins: the origin of a web invoke_url, then trusted_origins; with neither, the
    origin that Apple's platforms report for an app of the RP ID; then related_origins, and those
    of android_apps.
    relying_party_id: see `derived_relying_party_id`, of what is not related; empty when none fits.
    """
    invoke_url = without_trailing_slash(settings.get("invoke_url", ""))
    trusted = settings.get("trusted_origins", ())
    related = settings.get("related_origins", ())
    origins = settings.get("expected_origins")
    own = _origin(invoke_url)
    known = origins if origins is not None else ((own, *trusted) if own else trusted)
    rp_id = settings.get("relying_party_id")
    if rp_id is None:
        rp_id = derived_relying_party_id(each for each in known if each not in related)
    if origins is None:
        first = known or ((f"https://{rp_id}",) if rp_id else ())
        apps = origins_of(settings.get("android_apps", ()))
        origins = tuple(dict.fromkeys((*first, *related, *apps)))
    return AuthenticatorConfig(
        id=AuthenticatorConfigId(new_uuid(randomness)),
        tenant_id=where.tenant_id,
        realm_id=where.realm_id,
        display_name=settings.get("display_name", ""),
        invoke_url=invoke_url,
        invocation_type=settings.get("invocation_type", c.AUTOMATIC),
        trusted_origins=trusted,
        authentication_methods=settings.get("authentication_methods", DEFAULT_METHODS),
        relying_party_id=rp_id,
        expected_origins=origins,
        create_time=now,
        update_time=now,
        type=settings.get("type", c.EMBEDDED),
        additional_passkey_policy=settings.get("additional_passkey_policy", c.MANAGEMENT_TOKEN),
        one_time_password_creates_identities=settings.get(
            "one_time_password_creates_identities", False
        ),
        related_origins=related,
        android_apps=settings.get("android_apps", ()),
        apple_app_ids=settings.get("apple_app_ids", ()),
        passkey_enroll_url=settings.get("passkey_enroll_url", ""),
        passkey_manage_url=settings.get("passkey_manage_url", ""),
    )


def without_trailing_slash(invoke_url: str) -> str:
    """Drop one trailing slash, unless it belongs to `scheme://`."""
    bare = not invoke_url.endswith("/") or invoke_url.endswith("://")
    return invoke_url if bare else invoke_url[:-1]


def _origin(invoke_url: str) -> str | None:
    try:
        return web_origin(invoke_url)
    except ValueError:  # no URL at all; the rules will say so
        return None
