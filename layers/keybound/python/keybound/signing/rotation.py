"""Rotates signing keys: by an operator's commands, or one step at a time by a schedule.

Every change is one transaction on condition that nobody changed the ring meanwhile, so any step may
be taken twice and at once: the second finds it done.
"""

from collections.abc import Callable
from typing import Protocol

from keybound.domain.clock import Clock
from keybound.domain.errors import Unavailable
from keybound.domain.secrets import Randomness
from keybound.domain.signing_key import KeyRing, SigningKey
from keybound.signing import rotation_steps as steps
from keybound.signing.rotation_steps import RotationTimes, TooEarly

PUBLISHED, SWITCHED, RETIRED = "published", "switched", "retired"
WAITING, CONTENDED = "waiting", "contended"
_TRIES = 5


class KeyRings(Protocol):
    """Where rings are stored (`keybound.storage.signing_keys.SigningKeys`)."""

    def ring(self, alg: str) -> KeyRing:
        """Return the ring as it is now. Raises Unavailable."""

    def replace(self, before: KeyRing, after: KeyRing, attempt_id: str) -> bool:
        """Write all that differs, or nothing; False when `before` is no longer what is stored.

        attempt_id: at most 36 characters, by which a repeated write knows itself.
        """


class Rotation:
    """The steps on stored rings. All raise Unavailable when the table fails."""

    def __init__(
        self,
        rings: KeyRings,
        clock: Clock,
        randomness: Randomness,
        times: RotationTimes | None = None,
    ) -> None:
        self._rings = rings
        self._clock = clock
        self._randomness = randomness
        self._times = times or RotationTimes()

    def publish(self, key: SigningKey, *, replace_next: bool = False) -> KeyRing:
        """Publish a key ahead; the first of its algorithm signs at once. Raises RotationRefused."""
        return self._change(
            key.alg, lambda ring, now: steps.publish(ring, key, now, replace_next=replace_next)
        )

    def switch(self, alg: str, *, forced: bool = False) -> KeyRing:
        """Let the next key sign. Raises TooEarly."""
        return self._change(
            alg, lambda ring, now: steps.switch(ring, now, self._times, forced=forced)
        )

    def retire(self, alg: str, *, forced: bool = False) -> KeyRing:
        """Take previous keys away. Raises TooEarly."""
        return self._change(
            alg, lambda ring, now: steps.retire(ring, now, self._times, forced=forced)
        )

    def withdraw(self, alg: str) -> KeyRing:
        """Take the next key away."""
        return self._change(alg, lambda ring, now: steps.withdraw(ring))

    def advance(self, alg: str, make_key: Callable[[str], SigningKey]) -> str:
        """Take the one step that is due, if any, and return its name.

        make_key: makes a key pair of the algorithm; called at most once, and what it made is
        thrown away when another run was faster.
        """
        before, now = self._rings.ring(alg), self._clock()
        name, after = self._due(before, now, make_key)
        if after == before:
            return WAITING
        return name if self._rings.replace(before, after, self._attempt_id()) else CONTENDED

    def _due(
        self, ring: KeyRing, now: int, make_key: Callable[[str], SigningKey]
    ) -> tuple[str, KeyRing]:
        if steps.is_due(ring, now, self._times):
            return SWITCHED, steps.switch(ring, now, self._times)
        if ring.current is None or ring.next is None:
            # Always one ahead: then a key can be left at once, without waiting for verifiers.
            return PUBLISHED, steps.publish(ring, make_key(ring.alg), now)
        try:
            return RETIRED, steps.retire(ring, now, self._times)
        except TooEarly:
            return WAITING, ring

    def _change(self, alg: str, step: Callable[[KeyRing, int], KeyRing]) -> KeyRing:
        for _ in range(_TRIES):
            before = self._rings.ring(alg)
            after = step(before, self._clock())
            if after == before or self._rings.replace(before, after, self._attempt_id()):
                return after
        raise Unavailable(detail=f"{alg} signing keys are being changed by others")

    def _attempt_id(self) -> str:
        return self._randomness(16).hex()
