"""Which texts a person can read: one rule for every name and description that comes in."""

import unicodedata

MAX_NAME = 64
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def text_fault(text: str, maximum: int) -> str:
    """Return what is wrong with `text`, or nothing if it has 1 to `maximum` characters, not only
    spaces, no control characters, line breaks or direction overrides."""
    if not text:
        return "empty string"
    if len(text) > maximum:
        return f"longer than {maximum} characters"
    if not text.strip():
        return "only spaces"
    if any(unicodedata.category(c) in _UNPRINTABLE or c in _BIDI_CONTROLS for c in text):
        return "contains a control character"
    return ""
