"""What the room `authenticator_configs` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.authenticator_configs import AuthenticatorConfigRegistry
from keybound.domain.clock import Clock
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.paging import PageSealer
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.bound_passkeys import BoundPasskeys
from keybound.storage.realms import Realms

from functions import composition


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    registry: AuthenticatorConfigRegistry
    page_sealer: PageSealer
    clock: Clock


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    registry = AuthenticatorConfigRegistry(
        Realms(directory, randomness),
        AuthenticatorConfigs(directory, randomness),
        Applications(directory, randomness),
        BoundPasskeys(directory),
        composition.clock,
        randomness,
    )
    page_sealer = composition.sealer("page")
    return Ports(composition.management_auth(), registry, page_sealer, composition.clock)
