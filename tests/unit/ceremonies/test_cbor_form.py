"""The bounds that untrusted CBOR is held to before it is decoded."""

from typing import Any

import cbor2
import pytest
from keybound.ceremonies.cbor_form import DEEPEST, end_of_item

from tests.support.ceremony import refused_step


@pytest.mark.parametrize(
    "value",
    [
        0,
        2**64 - 1,
        -(2**64),
        b"",
        b"x" * 70000,
        "é",
        [],
        {},
        [1, [2, {"a": b"b", -3: None}]],
        True,
        False,
        None,
        1.5,
    ],
)
def test_an_item_ends_where_its_encoding_ends(value: Any) -> None:
    encoded = cbor2.dumps(value)
    assert end_of_item(encoded, 0) == len(encoded)
    assert end_of_item(b"\x00" + encoded + b"\xff", 1) == 1 + len(encoded)


@pytest.mark.parametrize("value", [b"abc", "abc", [1, 2], {1: 2}, 2**40, {"a": [b"bc"]}, 1.5])
def test_an_item_that_is_cut_short_is_refused_at_every_length(value: Any) -> None:
    encoded = cbor2.dumps(value)
    assert {refused_step(end_of_item, encoded[:n], 0) for n in range(len(encoded))} == {"cbor"}


@pytest.mark.parametrize(
    "encoded",
    [
        b"\x9f\xff",
        b"\xbf\xff",
        b"\x5f\xff",
        b"\x7f\xff",
        b"\x1c",
        b"\xc0\x00",
        b"\xd8\x1c\x80",
        b"\xf7",
        b"\xf0",
        b"\xf8\x20",
        b"\xff",
        b"\xa1\xf6\x00",
        b"\xa1\x40\x00",
        b"\xa1\x80\x00",
        b"\x1c" + bytes(200),
        b"\x5f" + bytes(200),
        b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8,
    ],
)
def test_what_no_authenticator_writes_is_refused(encoded: bytes) -> None:
    assert refused_step(end_of_item, encoded, 0) == "cbor"


def test_nesting_is_bounded() -> None:
    assert end_of_item(b"\x81" * DEEPEST + b"\x00", 0) == DEEPEST + 1
    assert refused_step(end_of_item, b"\x81" * (DEEPEST + 1) + b"\x00", 0) == "cbor"
    assert refused_step(end_of_item, b"\x81" * 100_000, 0) == "cbor"
