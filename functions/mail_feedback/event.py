"""Reads one event of SES: whether it is ours, which mail it is about, and what it means.

By hand, member by member: nothing in it is believed before it was looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.binding.mail_feedback import MailedLink
from keybound.domain.ids import IdentityId, JobId, RealmId, TenantId, is_hex_id
from keybound.domain.tenancy import RealmPath

BINDING = "binding"
JOBLESS = frozenset({"otp", "passkey"})
"""Mails with one-time passwords, and about passkeys: they end no job."""
CONFIGURATION_SET = "ses:configuration-set"
SUPPRESSED = "the address is on the mail service's suppression list"
COMPLAINED = "the recipient complained about the mail"
REJECTED = "the mail service rejected the mail"
# A transient bounce of this kind is most often somebody's holiday notice; of the others SES says
# that it has given up.
_PASSING = {"Transient": ("General", "")}


class Refused(Exception):
    """An event that is damaged, or not about this deployment's mail; the text is a code."""


@dataclass(frozen=True)
class Verdict:
    """A mail that will not arrive, or was not wanted."""

    link: MailedLink
    reason: str


@dataclass(frozen=True)
class Undelivered:
    """A mail without a job that did not arrive, or was not wanted. kind: which mail it was."""

    kind: str
    path: RealmPath
    reason: str


def read_event(
    event: Mapping[str, Any], *, account: str, configuration_set: str
) -> Verdict | Undelivered | None:
    """Return what an event means, or None when it means nothing. Raises Refused."""
    if event.get("source") != "aws.ses" or event.get("account") != account:
        raise Refused("foreign account")
    detail = _object(event, "detail")
    mail = _object(detail, "mail")
    tags = _object(mail, "tags")
    if not configuration_set or _only(tags, CONFIGURATION_SET) != configuration_set:
        raise Refused("foreign configuration set")
    if mail.get("sendingAccountId", account) != account:
        raise Refused("foreign account")
    kind, reason = _only(tags, "kind") if "kind" in tags else BINDING, _reason(detail)
    if kind != BINDING:
        jobless = kind in JOBLESS and "tenant" in tags and reason
        return Undelivered(kind, _path(tags), reason) if jobless else None
    link = _link(tags)
    return Verdict(link, reason) if reason else None


def _reason(detail: Mapping[str, Any]) -> str:
    kind = detail.get("eventType")
    if kind == "Complaint":
        return COMPLAINED
    if kind == "Reject":
        return REJECTED
    if kind != "Bounce":
        return ""
    bounce = _object(detail, "bounce")
    how, why = str(bounce.get("bounceType", "")), str(bounce.get("bounceSubType", ""))
    if why in _PASSING.get(how, ()):
        return ""
    if why in ("Suppressed", "OnAccountSuppressionList"):
        return SUPPRESSED
    return _BOUNCES.get(how, _BOUNCES["Undetermined"])


_BOUNCES = {
    "Permanent": "the mail bounced: the address does not take mail",
    "Transient": "the mail bounced: the mailbox did not take it",
    "Undetermined": "the mail bounced",
}


def _path(tags: Mapping[str, Any]) -> RealmPath:
    ids = [_only(tags, name) for name in ("tenant", "realm")]
    if not all(map(is_hex_id, ids)):
        raise Refused("damaged tags")
    return RealmPath(TenantId(ids[0]), RealmId(ids[1]))


def _link(tags: Mapping[str, Any]) -> MailedLink:
    path, ids = _path(tags), [_only(tags, name) for name in ("identity", "job")]
    version = _only(tags, "version")
    if not all(map(is_hex_id, ids)) or not (version.isascii() and version.isdecimal()):
        raise Refused("damaged tags")
    if len(version) > 9:
        raise Refused("damaged tags")
    return MailedLink(path, IdentityId(ids[0]), JobId(ids[1]), int(version))


def _only(tags: Mapping[str, Any], name: str) -> str:
    values = tags.get(name)
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise Refused("damaged tags")
    return values[0]


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder.get(name)
    if not isinstance(found, Mapping):
        raise Refused(f"no {name}")
    return found
