"""How many mails went out: counters of a day, raised on condition that they are below the limit."""

from keybound.domain.email_address import same_mailbox
from keybound.domain.errors import TooManyRequests
from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.table import ConditionFailed, Table

DAY_S = 86_400
_KEPT_S = 2 * DAY_S


class MailCounts:
    """Satisfies `keybound.binding.ports_mail.MailLimits`, and RecipientLimit and RealmLimit of
    `keybound.oauth.ports_otp`. kind: mails of each kind are counted apart, so that whoever may ask
    for one kind cannot use up the other.

    A mail that is refused by the second counter stays counted by the first, and one whose answer
    was lost may be counted twice: never more than the limits go out.
    """

    def __init__(
        self, grants: Table, *, per_recipient: int, per_realm: int, kind: str = ""
    ) -> None:
        self._table = grants
        self._per_recipient = per_recipient
        self._per_realm = per_realm
        self._kind = f"{kind} " if kind else ""

    def admit(self, path: RealmPath, address: str, now: int) -> None:
        self.admit_recipient(path, address, now)
        self.admit_realm(path, now)

    def admit_recipient(self, path: RealmPath, address: str, now: int) -> None:
        self._raise_count(path, same_mailbox(address), self._per_recipient, now, "this address")

    def admit_realm(self, path: RealmPath, now: int) -> None:
        self._raise_count(path, "", self._per_realm, now, "this realm")

    def _raise_count(self, path: RealmPath, whose: str, limit: int, now: int, called: str) -> None:
        raise_count(self._table, path, self._kind + whose, limit, now, called)


class NoticeCounts:
    """Satisfies `keybound.binding.ports_notices.NoticeLimits`: counters of their own, so that no
    other mail uses up what is to be told."""

    def __init__(self, grants: Table, *, per_person: int, per_mailbox: int) -> None:
        self._table = grants
        self._per_mailbox = per_mailbox
        self._per_person = per_person

    def admit_person(self, path: RealmPath, identity_id: IdentityId, now: int) -> None:
        whose = f"notice {identity_id}"
        raise_count(self._table, path, whose, self._per_person, now, "this person")

    def admit_recipient(self, path: RealmPath, address: str, now: int) -> None:
        whose = f"notice {same_mailbox(address)}"
        raise_count(self._table, path, whose, self._per_mailbox, now, "this address")


def raise_count(
    grants: Table, path: RealmPath, whose: str, limit: int, now: int, called: str
) -> None:
    """Count one mail of the day. Raises TooManyRequests, until midnight (UTC)."""
    day, spent_s = divmod(now, DAY_S)
    try:
        grants.update(
            keys.mail_count(path.tenant_id, path.realm_id, whose, day),
            "SET #ttl = :ttl ADD mails :one",
            "attribute_not_exists(mails) OR mails < :limit",
            names={"#ttl": "ttl"},
            values={":one": 1, ":limit": limit, ":ttl": now + _KEPT_S},
        )
    except ConditionFailed as refusal:
        raise TooManyRequests(
            f"too many mails to {called} today", retry_after_s=DAY_S - spent_s
        ) from refusal
