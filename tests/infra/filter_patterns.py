"""CloudWatch's filter patterns for JSON lines, as far as ours go: `{ a || b }` of `$.name = text`.

`*` in a text stands for anything; `$.name = *` asks that the member is there.
"""

import json
import re
from fnmatch import fnmatchcase
from typing import Any

_TERM = re.compile(r'\(?\$\.([a-z_]+) = (?:"([^"\[\]?]*)"|(\*))\)?')


def matches(pattern: str, line: str) -> bool:
    """Whether CloudWatch would count the line. Raises ValueError for any other form."""
    if not (pattern.startswith("{ ") and pattern.endswith(" }")):
        raise ValueError(f"not a pattern for JSON: {pattern}")
    members = json.loads(line)
    return any([_term(term, members) for term in pattern[2:-2].split(" || ")])


def _term(term: str, members: dict[str, Any]) -> bool:
    found = _TERM.fullmatch(term)
    if found is None:
        raise ValueError(f"not a term: {term}")
    name, text, _ = found.groups()
    if text is None:
        return members.get(name) is not None
    value = members.get(name)
    return isinstance(value, str) and fnmatchcase(value, text)
