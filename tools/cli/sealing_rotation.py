"""Rotates sealing keys: makes the next version of a purpose, and takes versions away that nothing
living was sealed under.

A version is stored ahead of its time, so that every room has read it before the first thing is
sealed under it; older versions go on opening. Each step may be repeated, and run twice at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from keybound.domain.clock import Clock, SystemClock, rfc3339
from keybound.domain.errors import Unavailable
from keybound.domain.sealing_key import WrappedKey
from keybound.edge.paging import TOKEN_LIFETIME_S
from keybound.signing.data_keys import REREAD_AFTER_S
from keybound.signing.rotation_steps import RotationRefused
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.table import Table

from infra.settings import Settings
from tools.cli.target import Given, find_target

DERIVE = "derive"
_HOUR_S, _DAY_S = 3600, 24 * 3600
# Rooms read the versions again after 300 s at the latest; AWS takes clocks that are 300 s wrong.
AHEAD_S = REREAD_AFTER_S + 2 * 300
# What is sealed under these lives for minutes; a day costs nothing.
_LIFETIMES_S = {"request": _DAY_S, "binding": _DAY_S, "otp": _DAY_S, "page": TOKEN_LIFETIME_S}
_KEPT = 2


@dataclass(frozen=True)
class SealingRotation:
    """One deployment's sealing keys. Each step returns what to tell the operator.

    wrapping_key_id: the KMS key that wraps, or its alias. longest_refresh_token_s: the deployment's
    setting. All raise RotationRefused, and Unavailable when AWS fails.
    """

    stored: SealingKeys
    kms: Callable[[], Any]
    wrapping_key_id: str
    clock: Clock
    longest_refresh_token_s: int = Settings.longest_refresh_token_s

    def status(self, purpose: str) -> str:
        versions = self._in_order(purpose)
        if not versions:
            return f"{purpose:<8} no key: run keybound bootstrap"
        return "\n".join(self._line(versions, version) for version in versions)

    def rotate(self, purpose: str, *, older_than_s: int = 0) -> str:
        """Make the next version, unless one is waiting for its time or the newest is young."""
        versions, now = self._in_order(purpose), self.clock()
        if not versions:
            raise RotationRefused(f"{purpose} has no key yet: run keybound bootstrap")
        newest = versions[-1]
        if newest.active_from > now or now - newest.active_from < older_than_s:
            return f"{self._line(versions, newest)}; nothing made"
        made = WrappedKey(
            purpose,
            f"{int(newest.kid, 16) + 1:08x}",
            self._new_data_key(purpose),
            max(now, newest.active_from) + AHEAD_S,
        )
        self.stored.create(made)  # else another run made this version, and its key stands
        versions = self._in_order(purpose)
        return self._line(versions, versions[-1])

    def retire(self, purpose: str) -> str:
        """Take away every version whose last sealed thing has ended; two at least stay."""
        if purpose == DERIVE:
            return f"{purpose:<8} every version stays: stored secrets are derived from them"
        versions, now = self._in_order(purpose), self.clock()
        gone = [
            version
            for version in versions[:-_KEPT]
            if now >= self._ends(versions, version) and self.stored.remove(version)
        ]
        return f"{purpose:<8} retired: {', '.join(each.kid for each in gone) or 'nothing'}"

    def _line(self, versions: Sequence[WrappedKey], version: WrappedKey) -> str:
        now = self.clock()
        sealing = max((v for v in versions if v.active_from <= now), key=_age, default=None)
        if version.active_from > now:
            said = f"next      will seal from {rfc3339(version.active_from)}"
        elif version == sealing:
            said = f"current   seals since {rfc3339(version.active_from)}"
        elif version.purpose == DERIVE:
            said = "opens     stays: stored secrets are derived from it"
        elif version in versions[-_KEPT:]:
            said = "opens     stays until there are newer ones"
        else:
            said = f"opens     may be retired from {rfc3339(self._ends(versions, version))}"
        return f"{version.purpose:<8} {version.kid}  {said}"

    def _ends(self, versions: Sequence[WrappedKey], version: WrappedKey) -> int:
        """Return when the last thing that was sealed under a version has ended."""
        follower = versions[versions.index(version) + 1]
        return follower.active_from + self._longest(version.purpose) + _HOUR_S

    def _longest(self, purpose: str) -> int:
        if purpose == "locator":
            # A limit that was lowered a while ago does not shorten what was sealed before.
            return max(self.longest_refresh_token_s, Settings.longest_refresh_token_s)
        return _LIFETIMES_S[purpose]

    def _in_order(self, purpose: str) -> list[WrappedKey]:
        return sorted(self.stored.of(purpose), key=_age)

    def _new_data_key(self, purpose: str) -> bytes:
        try:
            answer = self.kms().generate_data_key_without_plaintext(
                KeyId=self.wrapping_key_id,
                NumberOfBytes=32,
                EncryptionContext={"purpose": purpose},
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(detail=f"kms {error}") from error
        return bytes(answer["CiphertextBlob"])


def sealing_rotation(given: Given, clock: Clock | None = None) -> SealingRotation:
    """Reach a deployment by its names. Raises TargetError, ClientError, BotoCoreError."""
    target = find_target(given)
    return SealingRotation(
        SealingKeys(Table(lambda: target.client("dynamodb"), target.directory_table)),
        lambda: target.client("kms"),
        target.names.sealing_alias,
        clock or SystemClock(),
        target.deployed_settings().longest_refresh_token_s,
    )


def _age(version: WrappedKey) -> tuple[int, str]:
    return version.active_from, version.kid
