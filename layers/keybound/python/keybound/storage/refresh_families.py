"""Refresh families on the login items of the Grants table.

Satisfies RefreshFamilies and LoginRevoker of `keybound.oauth.ports_refresh`.
"""

from typing import Any

from keybound.domain.login import LoginLocator
from keybound.domain.secrets import hash_secret
from keybound.oauth.ports_refresh import RefreshToken, Rotated, Rotation
from keybound.oauth.refresh import GRACE_S
from keybound.storage import keys
from keybound.storage.login_items import login_of
from keybound.storage.table import ConditionFailed, Table

_ROTATE = (
    "SET #f.previous_hash = #f.refresh_hash, #f.refresh_hash = :hash, #f.generation = :next,"
    " #f.nonce = :nonce, #f.derive_kid = :kid, #f.sealed = :sealed, #f.rotated_at = :now,"
    " #f.rotation_id = :rotation, #f.params_hash = :params, #f.grace_until = :grace,"
    " #f.token_expires_at = :expires, access_expires_at = :ends, #ttl = :ttl"
)
_IS_CURRENT = (
    "#f.generation = :shown AND #f.refresh_hash = :shown_hash AND client_id = :client"
    " AND revoked_at = :zero AND #f.token_expires_at > :now AND #f.expires_at > :now"
)
OWN_OPEN_LOGIN = "client_id = :client AND revoked_at = :zero"
_IS_REPLACED = "#f.generation = :next AND #f.previous_hash = :shown_hash"
_IS_REPLAYED = f"(#f.generation > :next OR ({_IS_REPLACED} AND #f.grace_until <= :now))"
_IS_OF_FAMILY = (
    "(#f.generation > :next OR (#f.generation = :shown AND #f.refresh_hash = :shown_hash)"
    f" OR ({_IS_REPLACED}))"
)


class RefreshFamilies:
    """Rotates, and revokes, each by one conditional update of the login.

    Hashes are those of derived 384-bit secrets, so the table's comparison, which is not
    constant-time, gives nothing away.
    """

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def rotate(self, rotation: Rotation) -> Rotated:
        successor = rotation.successor
        values = {
            ":hash": successor.refresh_hash,
            ":nonce": successor.nonce,
            ":kid": successor.derive_kid,
            ":sealed": successor.sealed,
            ":expires": successor.expires_at,
            ":rotation": rotation.rotation_id,
            ":params": rotation.params_hash,
            ":grace": rotation.now + GRACE_S,
            ":ends": rotation.access_expires_at,
            ":ttl": rotation.ttl,
            ":shown": rotation.shown.generation,
            **_shown(rotation.shown, rotation.client_id, rotation.now),
        }
        change, condition = _ROTATE, f"{_IS_CURRENT} AND {_of_key(rotation, values)}"
        if rotation.binds:
            change += ", #f.jkt = :jkt"
        try:
            item = self._table.update(
                keys.login(rotation.shown.locator.challenge_hash),
                change,
                condition,
                names={"#f": "family", "#ttl": "ttl"},
                values=values,
            )
        except ConditionFailed as failed:
            login = login_of(failed.item) if failed.item is not None else None
            family = login.family if login is not None else None
            own = family is not None and family.rotation_id == rotation.rotation_id
            return Rotated(own, login)
        return Rotated(True, login_of(item))

    def revoke_replayed(self, rotation: Rotation) -> None:
        values = _shown(rotation.shown, rotation.client_id, rotation.now)
        self._revoke(rotation.shown.locator, _IS_REPLAYED, values, {"#f": "family"})

    def extend_grace(self, locator: LoginLocator, rotation_id: str, until: int) -> None:
        try:
            self._table.update(
                keys.login(locator.challenge_hash),
                "SET #f.grace_until = :until",
                "#f.rotation_id = :rotation AND #f.grace_until < :until",
                names={"#f": "family"},
                values={":rotation": rotation_id, ":until": until},
            )
        except ConditionFailed:
            return

    def revoke_by_refresh_token(self, shown: RefreshToken, client_id: str, now: int) -> None:
        values = {":shown": shown.generation, **_shown(shown, client_id, now)}
        self._revoke(shown.locator, _IS_OF_FAMILY, values, {"#f": "family"})

    def revoke_by_sid(self, locator: LoginLocator, sid: str, client_id: str, now: int) -> None:
        values = {":sid": sid, ":client": client_id, ":zero": 0, ":now": now}
        self._revoke(locator, "sid = :sid", values, {})

    def _revoke(
        self,
        locator: LoginLocator,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str],
    ) -> None:
        """`revoked_at` is set once and never again, so a lost answer needs no attempt id."""
        try:
            self._table.update(
                keys.login(locator.challenge_hash),
                "SET revoked_at = :now",
                f"{OWN_OPEN_LOGIN} AND {condition}",
                names=names,
                values=values,
            )
        except ConditionFailed:
            return


def _of_key(rotation: Rotation, values: dict[str, Any]) -> str:
    if not rotation.jkt:
        return "attribute_not_exists(#f.jkt)"
    values[":jkt"] = rotation.jkt
    return "(attribute_not_exists(#f.jkt) OR #f.jkt = :jkt)"


def _shown(shown: RefreshToken, client_id: str, now: int) -> dict[str, Any]:
    return {
        ":next": shown.generation + 1,
        ":shown_hash": hash_secret(shown.secret),
        ":client": client_id,
        ":zero": 0,
        ":now": now,
    }
