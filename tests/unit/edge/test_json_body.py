"""Bodies that are refused whole, and what their senders are told. RFC 8259 §4, §6, §9."""

import pytest
from keybound.domain.errors import BadRequest, PayloadTooLarge
from keybound.edge.json_body import read_json_object


@pytest.mark.parametrize(
    "body", [b"", b"{oops", b"[]", b'"x"', b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff{}", b"grant=x"]
)
def test_what_is_no_json_object_is_told_so(body: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        read_json_object(body)
    assert refused.value.description == "invalid request: the body is not one JSON object"


@pytest.mark.parametrize(
    ("body", "words"),
    [(b'{"a":1e999}', "number is out of range"), (b'{"a":"\\ud800"}', "half a character")],
)
def test_members_that_no_program_could_read_back_are_told_apart(body: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        read_json_object(body)


def test_depth_is_counted_not_suffered() -> None:
    with pytest.raises(PayloadTooLarge):
        read_json_object(b'{"a":' * 33 + b"1" + b"}" * 33)
