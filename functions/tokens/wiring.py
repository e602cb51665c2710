"""What the room `tokens` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.domain.clock import Clock
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.paging import PageSealer
from keybound.oauth.ports import Configuration
from keybound.oauth.token_list import TokenList
from keybound.storage.access_tokens import DeniedTokens
from keybound.storage.token_shelf import TokenShelf

from functions import composition
from functions.token_judges import management_auth


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    configuration: Configuration
    tokens: TokenList
    page_sealer: PageSealer
    clock: Clock


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    grants, randomness, clock = composition.grants(), composition.randomness, composition.clock
    shelf = TokenShelf(grants, randomness)
    return Ports(
        management_auth(),
        composition.configuration(),
        TokenList(shelf, DeniedTokens(grants, randomness), shelf, clock),
        composition.sealer("page"),
        clock,
    )
