"""Builds, once per process, the parts that rooms share; each room's `wiring.py` picks its own.

Nothing is made before it is first asked for: importing a room touches neither AWS nor its
environment.
"""

import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from keybound.domain.clock import Clock, SystemClock
from keybound.domain.errors import PlatformError
from keybound.domain.secrets import system_randomness
from keybound.edge import aws, origin, snapshot
from keybound.edge.api_auth import ManagementAuth
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
    from keybound.edge.idempotency import Once
    from keybound.edge.paging import PageSealer
    from keybound.mail.ses import Ses
    from keybound.oauth.access_tokens import AccessTokens
    from keybound.oauth.client_form import ClientAuthentication
    from keybound.oauth.dpop import DpopProofs
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


@cache
def client_authentication() -> "ClientAuthentication":
    """Return what says which client a form comes from; the room's role must let it write Grants."""
    # Imported here, because every room imports this module and few have clients as callers.
    from functions.client_proofs import new_client_authentication

    return new_client_authentication()


@cache
def dpop_proofs() -> "DpopProofs":
    """Return what judges DPoP proofs; the room writes Grants and unwraps `locator`."""
    # Imported here, because every room imports this module and few see proofs.
    from functions.client_proofs import new_dpop_proofs

    return new_dpop_proofs()


@cache
def access_tokens() -> "AccessTokens":
    """Return what reads access tokens back, of both formats."""
    # Imported here, because every room imports this module and few are shown access tokens.
    from functions.token_judges import new_access_tokens

    return new_access_tokens()


@cache
def management_auth() -> ManagementAuth:
    """Return what admits callers of the management API."""
    # Imported here, because every room imports this module and few have such callers.
    from functions.token_judges import new_management_auth

    return new_management_auth()


@cache
def once(*, says_secrets: bool = False) -> "Once":
    """Return what answers a creation once for its idempotency key. says_secrets: its answers hold
    some, so the room's role must allow the purpose `derive`."""
    # Imported here, because every room imports this module and few create anything.
    from keybound.edge.idempotency import Once
    from keybound.storage.idempotency import IdempotencyRecords

    records, secrets = IdempotencyRecords(grants()), deriver() if says_secrets else None
    return Once(records, clock, randomness, secrets)


_Registry = TypeVar("_Registry")


@dataclass(frozen=True)
class RegistryPorts(Generic[_Registry]):
    """What a room of the management API needs that keeps one kind of resource in a registry."""

    auth: ManagementAuth
    registry: _Registry
    page_sealer: "PageSealer"
    clock: Clock
    once: "Once"


def registry_ports(registry: _Registry, *, says_secrets: bool = False) -> RegistryPorts[_Registry]:
    """Return a room's parts around its registry; the room's wiring caches them."""
    again = once(says_secrets=says_secrets)
    return RegistryPorts(management_auth(), registry, sealer("page"), clock, again)


_BUILDERS: tuple[Any, ...] = (
    settings,
    directory,
    grants,
    configuration,
    data_keys,
    sealer,
    authenticator,
    deriver,
    verifier,
    signer,
    ses,
    otp_counts,
    client_authentication,
    dpop_proofs,
    access_tokens,
    management_auth,
    once,
    origin.guard,
    aws.client,
    aws.session,
)


def forget() -> None:
    """Drop everything that was built, here and in the rooms' wiring.

    For a process that was restored from a snapshot, or whose environment changed (tests).
    """
    for build in _BUILDERS:
        build.cache_clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("functions.") and name.endswith(".wiring"):
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
