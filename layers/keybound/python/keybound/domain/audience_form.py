"""Identifiers of resource servers compared as a careless verifier might (RFC 3986 §6.2.2).

A verifier that folds case, decodes percent signs or ignores a slash at the end must not take one
audience for another; so two that differ only there are one.
"""

import re
from urllib.parse import unquote

_MAX_DECODINGS = 5
_WEB_PORTS = {"", "80", "443"}
_BEFORE_AUTHORITY = re.compile(r"(https?:/*|[a-z][a-z0-9+.-]*://)?/*")


def normal_form(identifier: str) -> str:
    """Return the form in which identifiers are unique in a realm."""
    text = identifier
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    return text.strip().casefold().replace("\\", "/").rstrip("/")


def is_on_host(identifier: str, base_url: str) -> bool:
    """Whether any reading of `identifier` as a URL, its scheme left out too, lies on the host and
    port of `base_url`. The default ports of http and https count as one."""
    host, port = _authority(base_url)
    found, found_port = _authority(identifier)
    same_port = port == found_port or {port, found_port} <= _WEB_PORTS
    return found == host and same_port


def _authority(url: str) -> tuple[str, str]:
    text = normal_form(url)
    text = _BEFORE_AUTHORITY.sub("", text, count=1)
    for mark in "/?#":
        text = text.partition(mark)[0]
    host, _, port = text.rpartition("@")[2].partition(":")
    return host.rstrip("."), port.lstrip("0")
