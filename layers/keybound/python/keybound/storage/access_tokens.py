"""Single access tokens in the Grants table: those that were ended, and referential ones.

Satisfies TokenStates, ReferentialTokenKeeper and TokenDenier of `keybound.oauth.ports_tokens`.
"""

from collections.abc import Callable
from typing import Any

from keybound.domain.access_token import ReferentialToken, TokenName, TokenPlace
from keybound.domain.login import LoginLocator
from keybound.domain.secrets import Randomness
from keybound.oauth.ports_tokens import TokenState
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.logins import live_login, owner_keys
from keybound.storage.table import ConditionFailed, Table, batch_get

KEEP_AFTER_END_S = 3600


class DeniedTokens:
    """The denylist: the `jti` of each token that was ended, until it would have ended anyway."""

    def __init__(self, grants: Table, randomness: Randomness) -> None:
        self._table = grants
        self._randomness = randomness

    def deny(self, name: TokenName, *, now: int, until: int) -> bool:
        deny_id = self._randomness(16).hex()
        item = {
            **keys.denied_token(name)._asdict(),
            "denied_at": now,
            "deny_id": deny_id,
            "ttl": until + KEEP_AFTER_END_S,
        }
        try:
            self._table.put(item, "attribute_not_exists(pk)")
        except ConditionFailed as failed:
            return failed.item is not None and failed.item.get("deny_id") == deny_id
        return True

    def is_denied(self, name: TokenName) -> bool:
        return self._table.get(keys.denied_token(name)) is not None


class ReferentialTokenItems:
    """Keeps referential tokens with their principals."""

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def keep(self, token: ReferentialToken) -> ReferentialToken:
        """The `jti` is random and this attempt's own, so what is there already is a repeat."""
        place = TokenPlace(token.name, token.issued_at, token.identity_id)
        item = {
            **keys.referential_token(place)._asdict(),
            **encode(token),
            "ttl": token.expires_at + KEEP_AFTER_END_S,
        }
        try:
            self._table.put(item, "attribute_not_exists(pk)")
        except ConditionFailed as failed:
            return decode(ReferentialToken, failed.item) if failed.item is not None else token
        return token


class TokenStateReader:
    """Reads denylist, token, login, identity and passkey: one consistent batch."""

    def __init__(self, client: Callable[[], Any], directory: Table, grants: Table) -> None:
        self._client = client
        self._directory = directory
        self._grants = grants

    def read(
        self, name: TokenName, place: TokenPlace | None, login: LoginLocator | None
    ) -> TokenState:
        wanted = [keys.denied_token(name)]
        wanted += [keys.referential_token(place)] if place is not None else []
        wanted += [keys.login(login.challenge_hash)] if login is not None else []
        owner = owner_keys(name.tenant_id, name.realm_id, login) if login is not None else []
        found = batch_get(self._client, {self._grants.name: wanted, self._directory.name: owner})
        items = found[self._grants.name]
        stored = items[1] if place is not None else None
        live = live_login(items[-1], *found[self._directory.name]) if login is not None else None
        return TokenState(
            denied=items[0] is not None,
            stored=decode(ReferentialToken, stored) if stored is not None else None,
            login=live,
        )
