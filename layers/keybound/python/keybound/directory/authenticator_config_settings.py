"""What a caller may set on an authenticator config, and what a new one starts from."""

from typing import TypedDict

from keybound.directory.relying_party_id import derived_relying_party_id
from keybound.domain import authenticator_config as c
from keybound.domain.authenticator_config import AuthenticatorConfig
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


def new_authenticator_config(
    where: RealmPath, settings: AuthenticatorConfigSettings, randomness: Randomness, now: int
) -> AuthenticatorConfig:
    """Return a config as it would be stored, not judged yet. What was left out is derived:

    expected_origins: the origin of a web invoke_url, then trusted_origins; with neither, the
    origin that Apple's platforms report for an app of the RP ID.
    relying_party_id: see `derived_relying_party_id`; empty when none fits.
    """
    invoke_url = without_trailing_slash(settings.get("invoke_url", ""))
    trusted = settings.get("trusted_origins", ())
    origins = settings.get("expected_origins")
    rp_id = settings.get("relying_party_id")
    if origins is None:
        own = _origin(invoke_url)
        origins = tuple(dict.fromkeys((own, *trusted) if own else trusted))
    if rp_id is None:
        rp_id = derived_relying_party_id(origins)
    if not origins and rp_id and "expected_origins" not in settings:
        origins = (f"https://{rp_id}",)
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
