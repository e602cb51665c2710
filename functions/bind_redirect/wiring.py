"""What the room `bind_redirect` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.binding.ceremony import CeremonyPorts
from keybound.storage.binding_completion import BindingCompletion
from keybound.storage.binding_links import BindingLinks
from keybound.storage.contention import Contention

from functions import composition


@dataclass(frozen=True)
class Ports:
    flows: CeremonyPorts
    auth_base_url: str


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory = composition.directory()
    flows = CeremonyPorts(
        BindingLinks(directory),
        BindingCompletion(
            directory,
            Contention(composition.randomness),
            tells=bool(composition.settings().mail.sender),
        ),
        composition.configuration(),
        composition.sealer("binding"),
        composition.clock,
        composition.randomness,
    )
    return Ports(flows, composition.settings().auth_base_url)
