"""Bounds the shape of untrusted CBOR before any decoder builds objects from it.

Authenticators write CTAP2 canonical CBOR (WebAuthn L3 §6, §6.5.4): definite lengths, no tags,
shallow. Decoders accept far more (tags that make regular expressions, shared references, big
decimals), none of which has a place in a ceremony.
"""

from keybound.ceremonies.errors import CeremonyRefused

FORM = "cbor"
DEEPEST = 8
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
FALSE, TRUE, NULL = 20, 21, 22
FLOATS = {25: 2, 26: 4, 27: 8}


def end_of_item(data: bytes, start: int, *, depth: int = 0) -> int:
    """Return the index behind the one CBOR item that begins at `start`. Raises CeremonyRefused."""
    if depth > DEEPEST:
        raise CeremonyRefused(FORM, detail="nested too deeply")
    major, info, argument, position = _head(data, start)
    if major in (UNSIGNED, NEGATIVE):
        return position
    if major in (BYTES, TEXT):
        return _within(data, position + argument)
    if major in (ARRAY, MAP):
        return _end_of_container(data, position, major, argument, depth)
    if major == SIMPLE and (info in (FALSE, TRUE, NULL) or info in FLOATS):
        return position
    raise CeremonyRefused(FORM, detail="a tag, or a value without use in a ceremony")


def is_map(data: bytes, start: int) -> bool:
    """Tell whether the item at `start` is a map."""
    return start < len(data) and data[start] >> 5 == MAP


def _end_of_container(data: bytes, position: int, major: int, count: int, depth: int) -> int:
    # Every entry takes a byte at least, so a forged count ends at the end of the data.
    for _ in range(count):
        if major == MAP:
            if position < len(data) and data[position] >> 5 not in (UNSIGNED, NEGATIVE, TEXT):
                raise CeremonyRefused(FORM, detail="a map key that is neither number nor text")
            position = end_of_item(data, position, depth=depth + 1)
        position = end_of_item(data, position, depth=depth + 1)
    return position


def _head(data: bytes, start: int) -> tuple[int, int, int, int]:
    """Return major type, additional information, argument, and the index behind the head."""
    _within(data, start + 1)
    major, info = data[start] >> 5, data[start] & 0x1F
    if info < 24:
        return major, info, info, start + 1
    if info > 27:
        raise CeremonyRefused(FORM, detail="an indefinite or reserved length")
    end = _within(data, start + 1 + (1 << (info - 24)))
    return major, info, int.from_bytes(data[start + 1 : end], "big"), end


def _within(data: bytes, end: int) -> int:
    if end > len(data):
        raise CeremonyRefused(FORM, detail="cut short")
    return end
