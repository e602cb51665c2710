"""The work behind `keybound keys`: finds a deployment's keys by name and says what was done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from keybound.domain.clock import Clock, SystemClock, rfc3339
from keybound.domain.errors import Unavailable
from keybound.domain.secrets import system_randomness
from keybound.domain.signing_key import NEXT, KeyRing, SigningKey
from keybound.signing.data_key_pairs import make_key_pair
from keybound.signing.kms import describe_key
from keybound.signing.rotation import Rotation
from keybound.signing.rotation_steps import RotationRefused, RotationTimes
from keybound.storage.signing_keys import SigningKeys
from keybound.storage.table import Table

from infra.names import Names
from tools.cli.target import Given, find_target

_TIMES = RotationTimes()


@dataclass(frozen=True)
class KeyRotation:
    """One deployment's keys. Each step returns what to tell the operator.

    All raise RotationRefused, and Unavailable when AWS fails: then the step may be repeated.
    """

    names: Names
    kms: Callable[[], Any]
    rings: SigningKeys
    rotation: Rotation

    def status(self, alg: str) -> str:
        ring = self.rings.ring(alg)
        if not ring.keys:
            return f"{alg}  no key is published"
        return "\n".join(_line(key) for key in _in_order(ring))

    def publish(self, alg: str, slot: str, *, replace_next: bool = False) -> str:
        alias = self.names.signing_alias(alg, slot)
        kms_key_id = self._usable(alias, f"slot {slot} has no {alg} key: deploy it first")
        key = self._ask_kms(
            lambda: describe_key(self.kms(), kms_key_id, status=NEXT, create_time=0)
        )
        if key.alg != alg:
            raise RotationRefused(f"{alias} is no {alg} key")
        ring = self.rotation.publish(key, replace_next=replace_next)
        return next(_line(published) for published in ring.keys if published.kid == key.kid)

    def switch(self, alg: str, *, forced: bool = False) -> str:
        before = self.rings.ring(alg)
        if before.next is None:
            return f"{alg}  nothing to switch: no key is next"
        if before.next.wrapped is None:
            self._usable(before.next.kms_key_id, f"KMS key {before.next.kms_key_id} is gone")
        self.rotation.switch(alg, forced=forced)
        return self.status(alg)

    def retire(self, alg: str, *, forced: bool = False) -> str:
        before = self.rings.ring(alg)
        after = self.rotation.retire(alg, forced=forced)
        gone = sorted({key.kid for key in before.keys} - {key.kid for key in after.keys})
        return f"{alg}  retired: {', '.join(gone) or 'nothing, no key is previous'}"

    def withdraw(self, alg: str) -> str:
        before = self.rings.ring(alg).next
        self.rotation.withdraw(alg)
        return f"{alg}  withdrawn: {before.kid if before else 'nothing, no key is next'}"

    def advance(self, alg: str) -> str:
        current = self.rings.ring(alg).current
        if current is not None and current.wrapped is None:
            raise RotationRefused(
                f"{alg}: KMS signs here: use publish, switch and retire, or let the schedule of the"
                " signing mode kms-data-key-pair begin"
            )
        step = self.rotation.advance(
            alg, lambda each: make_key_pair(self.kms(), self.names.sealing_alias, each)
        )
        return f"{alg}  {step}"

    def _usable(self, kms_key_id: str, missing: str) -> str:
        """Return the ARN of a key that is enabled; an alias may point elsewhere tomorrow."""
        try:
            known = self.kms().describe_key(KeyId=kms_key_id)["KeyMetadata"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NotFoundException":
                raise RotationRefused(missing) from error
            raise Unavailable(detail=f"kms {error}") from error
        except BotoCoreError as error:
            raise Unavailable(detail=f"kms {error}") from error
        if known["KeyState"] != "Enabled":
            raise RotationRefused(f"KMS key {known['Arn']} is {known['KeyState']}: it cannot sign")
        return str(known["Arn"])

    def _ask_kms(self, ask: Callable[[], SigningKey]) -> SigningKey:
        try:
            return ask()
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(detail=f"kms {error}") from error


def key_rotation(given: Given, clock: Clock | None = None) -> KeyRotation:
    """Reach a deployment by its names. AWS refuses calls when this machine's clock is more than
    five minutes wrong, which the waits allow for. Raises TargetError."""
    target = find_target(given)
    directory = Table(lambda: target.client("dynamodb"), target.directory_table)
    rings = SigningKeys(directory)
    rotation = Rotation(rings, clock or SystemClock(), system_randomness, _TIMES)
    return KeyRotation(target.names, lambda: target.client("kms"), rings, rotation)


def _in_order(ring: KeyRing) -> list[SigningKey]:
    ahead = [ring.next] if ring.next else []
    current = [ring.current] if ring.current else []
    return [*ring.previous, *current, *ahead]


def _line(key: SigningKey) -> str:
    since = {
        "current": f"signs since {rfc3339(key.current_from)}",
        "next": f"may sign from {rfc3339(key.create_time + _TIMES.overlap_s)}",
        "previous": f"may be retired from {rfc3339(key.previous_from + _TIMES.keep_s)}",
    }[key.status]
    kind = key.kms_key_id if key.wrapped is None else "wrapped key pair"
    return f"{key.alg}  {key.status:<8}  {key.kid}  {since}  ({kind})"
