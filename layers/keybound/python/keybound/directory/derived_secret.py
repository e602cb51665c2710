"""Client secrets that can be said again for as long as somebody keeps how they were derived. They
are stored as their hashes."""

from keybound.directory.ports_configuration import SecretSource
from keybound.domain.application import Application
from keybound.domain.receipt import Derivation
from keybound.domain.secrets import Randomness, new_secret

SECRET_VERSION = 1


def derived_secret(
    application: Application, secrets: SecretSource, randomness: Randomness
) -> tuple[str, Derivation]:
    """Return another secret for an application. The nonce is kept nowhere but in the receipt."""
    where = f"{application.tenant_id}/{application.realm_id}/{application.id}"
    nonce, kid = new_secret(randomness), secrets.current_kid()
    how = Derivation(f"application/{where}", SECRET_VERSION, nonce, kid)
    return secrets.derive(how.item_id, how.version, how.nonce, how.kid), how
