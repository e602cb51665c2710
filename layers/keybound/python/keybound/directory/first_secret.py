"""The client secret that an application is born with: derived, so that it can be said again for as
long as somebody keeps how, and stored as its hash."""

from dataclasses import replace

from keybound.directory.application_settings import NewApplication
from keybound.directory.ports_configuration import SecretSource
from keybound.domain.application import Application
from keybound.domain.receipt import Derivation
from keybound.domain.secrets import Randomness, hash_secret, new_secret

SECRET_VERSION = 1


def with_first_secret(
    application: Application, secrets: SecretSource, randomness: Randomness
) -> NewApplication:
    """Return the application with a secret. The nonce is kept nowhere but in the receipt."""
    where = f"{application.tenant_id}/{application.realm_id}/{application.id}"
    nonce, kid = new_secret(randomness), secrets.current_kid()
    how = Derivation(f"application/{where}", SECRET_VERSION, nonce, kid)
    secret = secrets.derive(how.item_id, how.version, how.nonce, how.kid)
    return NewApplication(replace(application, client_secret_hash=hash_secret(secret)), secret, how)
