"""The steps of a rotation, each from one ring of keys to the next. No step reads or writes.

A key is published ahead (`next`), signs (`current`), stays published while its tokens live
(`previous`), and goes. Two waits make that safe: nobody may see a token whose key they cannot have
read yet, and no token may outlive its key (OpenID Connect Core 1.0 §10.1.1).
"""

from dataclasses import dataclass, replace

from keybound.domain.clock import rfc3339
from keybound.domain.signing_key import CURRENT, NEXT, PREVIOUS, KeyRing, SigningKey

REMEMBERED_RETIRED = 64
_HOUR_S = 3600


@dataclass(frozen=True)
class RotationTimes:
    """How long each wait is, in seconds.

    overlap_s: from publishing to signing. API Gateway's JWT authorizers keep keys for two hours,
    the JWKS may be cached for 300 s and is itself read from a cache of at most 300 s; what is left
    of the third hour is for clocks that differ.
    keep_s: from the last signature to removal: the longest token, and an hour for rooms whose
    cached configuration (at most 300 s) still names the key as current, and for clocks.
    period_s: how long a key signs where rotation is by schedule.
    """

    overlap_s: int = 3 * _HOUR_S
    keep_s: int = 25 * _HOUR_S
    period_s: int = 24 * _HOUR_S


class RotationRefused(Exception):
    """The step would break verifiers or tokens, or makes no sense now. The message says why."""


class TooEarly(RotationRefused):
    """The step has to wait until `not_before`, epoch seconds."""

    def __init__(self, message: str, not_before: int) -> None:
        super().__init__(f"{message} before {rfc3339(not_before)}")
        self.not_before = not_before


def publish(ring: KeyRing, key: SigningKey, now: int, *, replace_next: bool = False) -> KeyRing:
    """Show `key` as the next one; the first key of a ring signs at once.

    A key that is published already changes nothing. Raises RotationRefused when another key is
    next (unless replace_next), or when this one was retired.
    """
    if any(known.kid == key.kid for known in ring.keys):
        return ring
    if key.kid in ring.retired:
        raise RotationRefused(f"{ring.alg} key {key.kid} was retired: give the slot a new key")
    if ring.current is None:
        first = replace(key, status=CURRENT, create_time=now, current_from=now)
        return replace(ring, keys=(*ring.keys, first))
    if ring.next is not None and not replace_next:
        raise RotationRefused(
            f"{ring.alg} key {ring.next.kid} is next: switch or withdraw it first"
        )
    ahead = replace(key, status=NEXT, create_time=now)
    return replace(ring, keys=(*_without(ring, (ring.next,)), ahead))


def switch(ring: KeyRing, now: int, times: RotationTimes, *, forced: bool = False) -> KeyRing:
    """Let the next key sign, and the current one be only published. Without a next key: no change.

    forced: although some verifiers cannot know the next key yet. Raises TooEarly.
    """
    if ring.next is None:
        return ring
    ready = ring.next.create_time + times.overlap_s
    if now < ready and not forced:
        raise TooEarly(f"not every verifier may know {ring.alg} key {ring.next.kid}", ready)
    return replace(ring, keys=tuple(_switched(key, now) for key in ring.keys))


def retire(ring: KeyRing, now: int, times: RotationTimes, *, forced: bool = False) -> KeyRing:
    """Take away previous keys whose last token has ended. Without previous keys: no change.

    forced: all of them, although tokens signed by them then fail. Raises TooEarly when there are
    previous keys and none may go yet.
    """
    ended = tuple(k for k in ring.previous if forced or now >= k.previous_from + times.keep_s)
    if ring.previous and not ended:
        first = min(ring.previous, key=lambda key: key.previous_from)
        message = f"tokens signed by {ring.alg} key {first.kid} may be valid"
        raise TooEarly(message, first.previous_from + times.keep_s)
    if not ended:
        return ring
    retired = (*ring.retired, *(key.kid for key in ended))[-REMEMBERED_RETIRED:]
    return replace(ring, keys=_without(ring, ended), retired=retired)


def withdraw(ring: KeyRing) -> KeyRing:
    """Take the next key away again; it has signed nothing. Without a next key: no change."""
    return replace(ring, keys=_without(ring, (ring.next,)))


def is_due(ring: KeyRing, now: int, times: RotationTimes) -> bool:
    """Whether the schedule should switch now: a full period, or the end of another signing mode."""
    if ring.current is None or ring.next is None:
        return False
    if now < ring.next.create_time + times.overlap_s:
        return False
    other_mode = ring.current.wrapped is None or ring.next.wrapped is None
    return other_mode or now >= ring.current.current_from + times.period_s


def _without(ring: KeyRing, gone: tuple[SigningKey | None, ...]) -> tuple[SigningKey, ...]:
    return tuple(key for key in ring.keys if key not in gone)


def _switched(key: SigningKey, now: int) -> SigningKey:
    if key.status == NEXT:
        return replace(key, status=CURRENT, current_from=now)
    if key.status == CURRENT:
        return replace(key, status=PREVIOUS, previous_from=now)
    return key
