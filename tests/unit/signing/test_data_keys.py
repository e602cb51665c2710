"""Which version of a sealing key seals and which open, as time passes and keys are added."""

from typing import Any

import pytest
from keybound.domain.errors import Unavailable
from keybound.domain.sealing_key import WrappedKey
from keybound.signing.data_keys import REREAD_AFTER_S, DataKeys

NOW = 1_800_000_000


class Wrapped:
    """Stored versions; counts how often they are read."""

    def __init__(self, *keys: WrappedKey) -> None:
        self.keys = list(keys)
        self.reads = 0
        self.broken = False

    def of(self, purpose: str) -> list[WrappedKey]:
        self.reads += 1
        if self.broken:
            raise Unavailable
        return [key for key in self.keys if key.purpose == purpose]


class Kms:
    """Unwraps by giving the ciphertext back; counts."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def decrypt(self, **request: Any) -> dict[str, Any]:
        self.calls.append(request)
        return {"Plaintext": request["CiphertextBlob"]}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


OLD = WrappedKey("page", "0000000a", b"a" * 32, NOW - 1000)
NEXT = WrappedKey("page", "0000000b", b"b" * 32, NOW + 600)


def data_keys(wrapped: Wrapped) -> tuple[DataKeys, Kms, Clock]:
    kms, clock = Kms(), Clock()
    return DataKeys("page", wrapped, lambda: kms, "key-id", clock), kms, clock


def test_a_version_from_the_future_opens_but_does_not_seal_yet() -> None:
    keys, _, clock = data_keys(Wrapped(OLD, NEXT))
    assert keys.current() == ("0000000a", OLD.wrapped)
    assert keys.by_kid("0000000b") == NEXT.wrapped
    clock.now = NOW + 599
    assert keys.current()[0] == "0000000a"
    clock.now = NOW + 600
    assert keys.current() == ("0000000b", NEXT.wrapped)
    assert keys.by_kid("0000000a") == OLD.wrapped, "the old one still opens"


def test_a_version_that_is_added_is_found_in_time_without_a_restart() -> None:
    wrapped = Wrapped(OLD)
    keys, _, clock = data_keys(wrapped)
    keys.current()
    wrapped.keys.append(NEXT)
    clock.now = NOW + REREAD_AFTER_S
    keys.current()
    clock.now = NOW + 600
    assert keys.current()[0] == "0000000b"


def test_every_version_is_unwrapped_once_with_its_purpose() -> None:
    keys, kms, clock = data_keys(Wrapped(OLD))
    for _ in range(5):
        keys.current()
        keys.by_kid("0000000a")
        clock.now += REREAD_AFTER_S
    assert len(kms.calls) == 1
    assert kms.calls[0]["EncryptionContext"] == {"purpose": "page"}
    assert kms.calls[0]["KeyId"] == "key-id"


def test_unknown_kids_cannot_be_used_to_flood_the_table() -> None:
    wrapped = Wrapped(OLD)
    keys, kms, clock = data_keys(wrapped)
    keys.current()
    for number in range(1000):
        assert keys.by_kid(f"{number:08x}" if number != 10 else "ffffffff") is None
    assert wrapped.reads == 1
    clock.now += 5
    for number in range(1000):
        keys.by_kid(f"f{number:07x}")
    assert wrapped.reads == 2
    assert len(kms.calls) == 1


def test_no_version_at_all_is_unavailable() -> None:
    keys, _, _ = data_keys(Wrapped())
    with pytest.raises(Unavailable):
        keys.current()
    future, _, _ = data_keys(Wrapped(NEXT))
    with pytest.raises(Unavailable):
        future.current()


def test_keys_of_another_purpose_are_not_seen() -> None:
    keys, _, _ = data_keys(Wrapped(WrappedKey("otp", "0000000c", b"c" * 32, 0)))
    assert keys.by_kid("0000000c") is None


def test_a_failing_read_is_unavailable_and_the_next_one_recovers() -> None:
    wrapped = Wrapped(OLD)
    wrapped.broken = True
    keys, _, _ = data_keys(wrapped)
    with pytest.raises(Unavailable):
        keys.current()
    wrapped.broken = False
    assert keys.current()[0] == "0000000a"
