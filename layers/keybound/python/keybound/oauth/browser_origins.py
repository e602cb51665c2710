"""Which web origins may call an issuer's endpoints from a browser."""

from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.oauth.ports import Configuration
from keybound.oauth.redirect_uris import origin_of


def browser_origins(
    configuration: Configuration, t: TenantId, r: RealmId, a: ApplicationId
) -> frozenset[str]:
    """Return the config's trusted origins and the origins of a public client's redirect URIs.

    Empty for an unknown application. Raises Unavailable.
    """
    application = configuration.find_application(t, r, a)
    if application is None:
        return frozenset()
    origins: set[str] = set()
    if application.authenticator_config_id is not None:
        config = configuration.find_authenticator_config(t, r, application.authenticator_config_id)
        origins.update(config.trusted_origins if config is not None else ())
    if application.is_public:
        origins.update(o for uri in application.redirect_uris if (o := origin_of(uri)) is not None)
    return frozenset(origins)
