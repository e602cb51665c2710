"""Sealed things open only where they belong; derived secrets stay the same."""

import os
from collections.abc import Callable

import pytest
from keybound.domain.encoding import b64url, from_b64url
from keybound.signing.sealing import Authenticator, Deriver, SealBroken, Sealer


class TwoKeys:
    """Two versions; `now` says which seals."""

    def __init__(self) -> None:
        self.versions = {"0000000a": b"a" * 32, "0000000b": b"b" * 32}
        self.kid = "0000000a"

    def current(self) -> tuple[str, bytes]:
        return self.kid, self.versions[self.kid]

    def by_kid(self, kid: str) -> bytes | None:
        return self.versions.get(kid)


@pytest.fixture
def keys() -> TwoKeys:
    return TwoKeys()


@pytest.fixture
def sealer(keys: TwoKeys) -> Sealer:
    return Sealer(keys, os.urandom)


DATA = "locator|code|https://auth.example.com/a"


def test_what_was_sealed_comes_back(sealer: Sealer) -> None:
    for plain in (b"", b"x", os.urandom(4000)):
        assert sealer.open(sealer.seal(plain, DATA), DATA) == plain


def test_sealing_twice_looks_different_and_shows_nothing(sealer: Sealer) -> None:
    plain = b"a plain text that anybody would know again"
    first, second = sealer.seal(plain, DATA), sealer.seal(plain, DATA)
    assert first != second
    assert plain not in from_b64url(first)


@pytest.mark.parametrize(
    "other",
    [
        "locator|access|https://auth.example.com/a",
        "locator|code|https://auth.example.com/b",
        "locator|code|https://auth.example.com/a/",
        "locator|code|",
        "request|code|https://auth.example.com/a",
        "",
    ],
)
def test_associated_data_binds_purpose_type_and_issuer(sealer: Sealer, other: str) -> None:
    """A code's locator is no access token's, nor another issuer's."""
    sealed = sealer.seal(b"x", DATA)
    with pytest.raises(SealBroken):
        sealer.open(sealed, other)


def test_every_changed_bit_is_seen(sealer: Sealer) -> None:
    data = from_b64url(sealer.seal(b"four", DATA))
    for at in range(len(data)):
        for bit in (1, 128):
            changed = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            with pytest.raises(SealBroken):
                sealer.open(b64url(changed), DATA)


DAMAGES: dict[str, Callable[[str], str]] = {
    "empty": lambda s: "",
    "cut": lambda s: s[:-1],
    "head only": lambda s: s[:20],
    "padded": lambda s: s + "=",
    "spaces": lambda s: s + " ",
    "not ASCII": lambda s: s + "\u00e9",
    "another alphabet": lambda s: "+" + s[1:],
    "longer": lambda s: s + "AAAA",
    "no text of ours": lambda s: "x" * 80,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_refused_by_name(sealer: Sealer, damage: Callable[[str], str]) -> None:
    with pytest.raises(SealBroken):
        sealer.open(damage(sealer.seal(b"x", DATA)), DATA)


def test_after_a_rotation_the_new_key_seals_and_the_old_one_opens(
    keys: TwoKeys, sealer: Sealer
) -> None:
    old = sealer.seal(b"old", DATA)
    keys.kid = "0000000b"
    new = sealer.seal(b"new", DATA)
    assert from_b64url(new)[1:5].hex() == "0000000b"
    assert sealer.open(old, DATA) == b"old"
    assert sealer.open(new, DATA) == b"new"
    del keys.versions["0000000a"]
    with pytest.raises(SealBroken, match="unknown key"):
        sealer.open(old, DATA)


def test_a_mac_is_of_one_key_and_one_message(keys: TwoKeys) -> None:
    mac = Authenticator(keys)
    tag = mac.sign(b"message", "0000000a")
    assert len(tag) == 32
    mac.verify(b"message", tag, "0000000a")
    for message, made, kid in (
        (b"messagf", tag, "0000000a"),
        (b"message", tag, "0000000b"),
        (b"message", tag, "0000000c"),
        (b"message", tag[:-1], "0000000a"),
        (b"message", b"", "0000000a"),
    ):
        with pytest.raises(SealBroken):
            mac.verify(message, made, kid)


def test_mac_and_seal_use_different_subkeys(keys: TwoKeys) -> None:
    """HKDF-Expand by use (RFC 5869 §3.3): what one leaks says nothing about the other."""
    from keybound.signing.sealing import _subkey

    key = keys.versions["0000000a"]
    assert len({_subkey(key, "mac"), _subkey(key, "seal"), key}) == 3


def test_a_derived_secret_is_stable_and_every_input_counts(keys: TwoKeys) -> None:
    deriver = Deriver(keys)
    first = deriver.derive("job", 1, "nonce", "0000000a")
    keys.kid = "0000000b"
    assert deriver.derive("job", 1, "nonce", "0000000a") == first, "whatever is current now"
    others = {
        deriver.derive("job2", 1, "nonce", "0000000a"),
        deriver.derive("job", 2, "nonce", "0000000a"),
        deriver.derive("job", 1, "nonce2", "0000000a"),
        deriver.derive("job", 1, "nonce", "0000000b"),
        deriver.derive("job\x1f1", 1, "nonce", "0000000a"),
    }
    assert len(others | {first}) == 6
    assert len(first) == 64
    assert len(from_b64url(first)) == 48
    with pytest.raises(SealBroken):
        deriver.derive("job", 1, "nonce", "0000000c")
