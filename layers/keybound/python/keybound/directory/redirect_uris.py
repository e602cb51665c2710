"""Which redirect URIs an application may register.

They are compared as strings later, so the forms that browsers rewrite before they follow them
(upper-case hosts, default ports, dot segments, backslashes) are refused here.
Sources: RFC 6749 §3.1.2, RFC 8252 §7 and §8.4, RFC 9700 §2.1.
"""

import re

from keybound.ceremonies.origins import InvalidOrigin, parse_expected_origin

MAX_CHARACTERS = 1024

_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.+)\Z")
_FOREIGN = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_AUTHORITY = re.compile(r"//([^/?]*)")
_DOT_SEGMENT = re.compile(r"/(\.|%2e){1,2}(?=[/?;]|\Z)", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def refusal(uri: str, *, is_public: bool) -> str:
    """Return why `uri` may not be registered, or an empty string.

    is_public: public clients may be native and use a private-use scheme (RFC 8252 §7.1).
    """
    match = _URI.match(uri)
    if len(uri) > MAX_CHARACTERS:
        return f"longer than {MAX_CHARACTERS} characters"
    if _FOREIGN.search(uri) or _BAD_ESCAPE.search(uri):
        return "contains characters that no URI has"
    if match is None:
        return "must be an absolute URI"
    if "#" in uri:
        return "must have no fragment"
    if "*" in uri:
        return "wildcards are not supported: URIs are compared exactly"
    if _DOT_SEGMENT.search(uri):
        return "must have no dot segments"
    return _scheme_refusal(match[1], match[2], is_public)


def _scheme_refusal(scheme: str, rest: str, is_public: bool) -> str:
    if scheme != scheme.lower():
        return "the scheme must be in lower case"
    if scheme in ("https", "http"):
        return _web_refusal(scheme, rest)
    if "." not in scheme:
        return "must use https, http on a loopback host, or a private-use scheme with a dot"
    if not is_public:
        return "private-use schemes are for public clients only"
    authority = _AUTHORITY.match(rest)
    if authority and "@" in authority[1]:
        return "must have no user information"
    return "" if rest.startswith("/") else "a private-use scheme is followed by :/ or ://"


def _web_refusal(scheme: str, rest: str) -> str:
    authority = _AUTHORITY.match(rest)
    if authority is None or not authority[1]:
        return "must name a host"
    if "@" in authority[1]:
        return "must have no user information"
    if authority[1] != authority[1].lower():
        return "the host must be in lower case"
    try:
        parse_expected_origin(f"{scheme}://{authority[1]}")
    except InvalidOrigin as error:
        return str(error)
    return ""
