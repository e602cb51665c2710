"""Builds, once per process, the parts that rooms share; each room's `wiring.py` picks its own.

Nothing is made before it is first asked for: importing a room touches neither AWS nor its
environment.
"""

import sys
from functools import cache
from typing import TYPE_CHECKING

from keybound.domain.clock import SystemClock
from keybound.domain.errors import PlatformError
from keybound.domain.secrets import system_randomness
from keybound.edge import aws, origin, snapshot
from keybound.edge.http import Request
from keybound.edge.oauth_http import issuer_path
from keybound.edge.settings import KMS_DATA_KEY_PAIR, Settings, from_environment
from keybound.oauth.browser_origins import browser_origins
from keybound.signing.data_keys import DataKeys
from keybound.signing.sealing import Authenticator, Deriver, Sealer
from keybound.signing.verify import TokenVerifier
from keybound.storage.configuration import Configuration
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.table import Table

if TYPE_CHECKING:
    from keybound.mail.ses import Ses
    from keybound.oauth.ports import Signer
    from keybound.storage.mail_counts import MailCounts

clock = SystemClock()
randomness = system_randomness


@cache
def settings() -> Settings:
    """Return the room's settings. Raises SettingsError."""
    return from_environment()


@cache
def directory() -> Table:
    """Return the table of tenants, realms, identities, credentials and configuration."""
    return Table(aws.dynamodb, settings().directory_table)


@cache
def grants() -> Table:
    """Return the table of logins."""
    return Table(aws.dynamodb, settings().grants_table)


@cache
def configuration() -> Configuration:
    """Return the cached reads of configuration."""
    known = settings()
    return Configuration(directory(), clock, known.cache_ttl_s, known.token_limits)


@cache
def data_keys(purpose: str) -> DataKeys:
    """Return the sealing keys of one purpose; the room's role must allow it."""
    wrapped = SealingKeys(directory())
    return DataKeys(purpose, wrapped, aws.kms, settings().sealing_key_id, clock)


@cache
def sealer(purpose: str) -> Sealer:
    """Return what seals and opens under `purpose`."""
    return Sealer(data_keys(purpose), randomness)


@cache
def authenticator(purpose: str) -> Authenticator:
    """Return what signs and verifies with HMAC under `purpose`."""
    return Authenticator(data_keys(purpose))


@cache
def deriver() -> Deriver:
    """Return what derives secrets that can be said again."""
    return Deriver(data_keys("derive"))


@cache
def verifier() -> TokenVerifier:
    """Return what verifies tokens signed by this deployment."""
    return TokenVerifier(configuration().signing_keys)


@cache
def signer() -> "Signer":
    """Return what signs tokens; the room's role must allow it."""
    # Imported here, because every room imports this module and few sign.
    from keybound.signing.data_key_pairs import DataKeyPairSigner
    from keybound.signing.kms import KmsSigner

    published = configuration().signing_keys
    by_kms = KmsSigner(aws.kms, published)
    if settings().signing_mode == KMS_DATA_KEY_PAIR:
        return DataKeyPairSigner(aws.kms, settings().sealing_key_id, published, by_kms)
    return by_kms


@cache
def ses() -> "Ses":
    """Return what sends mail; the room's role must allow it."""
    # Imported here, because every room imports this module and few send mail.
    from keybound.mail.ses import Ses

    return Ses(aws.ses, settings().mail.configuration_set)


@cache
def otp_counts() -> "MailCounts":
    """Return what limits the mails of one-time passwords."""
    # Imported here, because every room imports this module and two of them count these.
    from keybound.storage.mail_counts import MailCounts

    known = settings().mail
    limits = {"per_recipient": known.per_recipient, "per_realm": known.per_realm}
    return MailCounts(grants(), **limits, kind="otp")


def forget() -> None:
    """Drop everything that was built, here and in the rooms' wiring.

    For a process that was restored from a snapshot, or whose environment changed (tests).
    """
    for build in (origin.guard, aws.client, aws.session):
        build.cache_clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("functions."):
            for member in vars(module).values():
                if clear := getattr(member, "cache_clear", None):
                    clear()


snapshot.after_restore(forget)


def issuer_origins(request: Request) -> frozenset[str]:
    """Return the web origins that may read an issuer's answers; none when nobody can tell."""
    try:
        return browser_origins(configuration(), *issuer_path(request))
    except PlatformError:
        return frozenset()
