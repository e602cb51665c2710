"""One-time passwords in the Grants table. Satisfies `keybound.oauth.ports_otp.Passwords`.

One item an authorization request, by the hash of its challenge, so that tries and mails are counted
over all of its codes. A new code replaces the one before, and keeps both counts.
"""

from typing import Any

from keybound.domain.ids import IdentityId
from keybound.domain.one_time_password import (
    LIFETIME_S,
    MAX_MAILS,
    MAX_TRIES,
    RESEND_AFTER_S,
    OneTimePassword,
)
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.table import ConditionFailed, Table

_COUNTED = ("tries", "mails")
_KEPT_S = 3600


class OneTimePasswords:
    """Stores codes, counts their tries."""

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def ask(self, password: OneTimePassword) -> bool:
        members = {k: v for k, v in encode(password).items() if k not in _COUNTED}
        # The counts must outlive the last code that may still be asked for.
        members["ttl"] = password.expires_at + LIFETIME_S + _KEPT_S
        values: dict[str, Any] = {f":{name}": value for name, value in members.items()}
        values |= {
            ":zero": 0,
            ":one": 1,
            ":most": MAX_MAILS,
            ":before": password.asked_at - RESEND_AFTER_S,
        }
        sets = ", ".join(f"#{name} = :{name}" for name in members)
        try:
            self._table.update(
                keys.one_time_password(password.challenge_hash),
                f"SET {sets}, tries = if_not_exists(tries, :zero) "
                "REMOVE identity_id, recipient ADD mails :one",
                "attribute_not_exists(pk) OR (mails < :most AND asked_at <= :before)",
                names={f"#{name}": name for name in members},
                values=values,
            )
        except ConditionFailed as failed:
            return failed.item is not None and failed.item.get("ask_id") == password.ask_id
        return True

    def find(self, challenge_hash: str) -> OneTimePassword | None:
        item = self._table.get(keys.one_time_password(challenge_hash))
        return decode(OneTimePassword, item) if item is not None else None

    def address_to(
        self, password: OneTimePassword, identity_id: IdentityId | None, recipient: str
    ) -> bool:
        values = {":recipient": recipient, ":ask": password.ask_id}
        whom = " REMOVE identity_id"
        if identity_id is not None:
            whom, values[":identity"] = ", identity_id = :identity", identity_id
        try:
            self._table.update(
                keys.one_time_password(password.challenge_hash),
                f"SET recipient = :recipient{whom}",
                "ask_id = :ask",
                values=values,
            )
        except ConditionFailed:
            return False
        return True

    def take_try(self, challenge_hash: str, session_hash: str, now: int) -> OneTimePassword | None:
        """A try whose answer was lost may be counted twice by the repeat: never one too few."""
        try:
            item = self._table.update(
                keys.one_time_password(challenge_hash),
                "ADD tries :one",
                "session_hash = :session AND tries < :most AND expires_at > :now",
                values={":one": 1, ":session": session_hash, ":most": MAX_TRIES, ":now": now},
            )
        except ConditionFailed:
            return None
        return decode(OneTimePassword, item)
