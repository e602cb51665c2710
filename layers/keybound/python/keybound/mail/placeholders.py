"""The small language of mail texts: `{realm}`, `{name}` and the like, filled in once.

What is filled in is never read again, so no value can bring placeholders of its own.
"""

import re
from collections.abc import Collection, Mapping

_PLACEHOLDER = re.compile(r"\{([a-z_]{1,32})\}")


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Put the values in their places; a name that has none is left as it stands."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_placeholders(text: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the names that have no value, and `{` or `}` where a brace belongs to none."""
    names = [name for name in _PLACEHOLDER.findall(text) if name not in known]
    rest = _PLACEHOLDER.sub("", text)
    return (*names, *(brace for brace in "{}" if brace in rest))
