"""What is kept of a principal's tokens, read for a list, and logins ended by their ids.

Satisfies TokenShelf and LoginEnder of `keybound.oauth.token_list`.
"""

from collections.abc import Sequence
from typing import Any

from keybound.domain.access_token import ReferentialToken, TokenName
from keybound.domain.application import Application
from keybound.domain.ids import IdentityId
from keybound.domain.login import Login
from keybound.domain.secrets import Randomness
from keybound.oauth.backchannel_logout import notice_of
from keybound.oauth.token_list import Kept
from keybound.storage import keys
from keybound.storage.codec import Item, decode
from keybound.storage.login_items import login_of
from keybound.storage.logout_notices import notice_write
from keybound.storage.table import ConditionFailed, Table, TransactionFailed

MOST_OF_A_KIND = 1000
_BATCH = 100
_LIST = "pk = :pk AND begins_with(sk, :prefix)"


class TokenShelf:
    """Reads at most the 1,000 newest logins and the 1,000 newest referential tokens."""

    def __init__(self, grants: Table, randomness: Randomness) -> None:
        self._table = grants
        self._randomness = randomness

    def of_identity(self, application: Application, identity_id: IdentityId, now: int) -> Kept:
        pk = keys.identity_grants(application.tenant_id, application.realm_id, identity_id)
        logins = self._logins(application, pk, now)
        return self._with_denied(application, logins, self._referential(application, pk, now))

    def of_client(self, application: Application, now: int) -> Kept:
        a = application
        pk = keys.client_grants(a.tenant_id, a.realm_id, a.id)
        return self._with_denied(application, (), self._referential(application, pk, now))

    def end(self, application: Application, login_id: str, now: int) -> bool:
        """Its application is told, if it wants to be: in the same transaction."""
        end_id, key = self._randomness(16).hex(), keys.login(login_id)
        how: Any = (
            "SET revoked_at = :now, end_id = :end",
            "tenant_id = :t AND realm_id = :r AND application_id = :a AND revoked_at = :zero",
        )
        values = {
            ":t": application.tenant_id,
            ":r": application.realm_id,
            ":a": application.id,
            ":now": now,
            ":end": end_id,
            ":zero": 0,
        }
        (item,) = self._read([key]) if application.backchannel_logout_uri else [None]
        try:
            if item is None:
                self._table.update(key, *how, values=values)
            else:
                ended = self._table.update_write(key, *how, values=values)
                told = notice_write(self._table, notice_of(login_of(item), now))
                self._table.transact([ended, told], end_id)
        except ConditionFailed as failed:
            return failed.item is not None and failed.item.get("end_id") == end_id
        except TransactionFailed:
            return False
        return True

    def _logins(self, application: Application, pk: str, now: int) -> tuple[Login, ...]:
        """Pointers say which logins there were; the logins themselves decide."""
        pointers = self._table.query_all(_LIST, {":pk": pk, ":prefix": keys.LOGIN_PREFIX})
        own = [p for p in pointers if p.get("application_id") == application.id and p["ttl"] > now]
        own.sort(key=lambda pointer: pointer["issued_at"], reverse=True)
        hashes = [p["sk"].removeprefix(keys.LOGIN_PREFIX) for p in own[:MOST_OF_A_KIND]]
        found = self._read([keys.login(challenge_hash) for challenge_hash in hashes])
        return tuple(login_of(item) for item in found if item is not None)

    def _referential(
        self, application: Application, pk: str, now: int
    ) -> tuple[ReferentialToken, ...]:
        found: list[ReferentialToken] = []
        values, start = {":pk": pk, ":prefix": keys.TOKEN_PREFIX}, None
        while len(found) < MOST_OF_A_KIND:
            items, start = self._table.query(_LIST, values, start=start, newest_first=True)
            tokens = [decode(ReferentialToken, item) for item in items]
            own = [token for token in tokens if token.application_id == application.id]
            found += [token for token in own if now < token.expires_at]
            if start is None:
                break
        return tuple(found[:MOST_OF_A_KIND])

    def _with_denied(
        self,
        application: Application,
        logins: tuple[Login, ...],
        referential: tuple[ReferentialToken, ...],
    ) -> Kept:
        a = application
        ids = [token.jti for token in referential]
        ids += [login.family.rotation_id if login.family else "" for login in logins]
        ids = [jti for jti in dict.fromkeys([*ids, *(login.burn_id for login in logins)]) if jti]
        names = [TokenName(a.tenant_id, a.realm_id, a.id, jti) for jti in ids]
        items = self._read([keys.denied_token(name) for name in names])
        denied = (jti for jti, item in zip(ids, items, strict=True) if item is not None)
        return Kept(logins, referential, frozenset(denied))

    def _read(self, wanted: Sequence[keys.Key]) -> list[Item | None]:
        found: list[Item | None] = []
        for first in range(0, len(wanted), _BATCH):
            found += self._table.get_many(wanted[first : first + _BATCH])
        return found
