"""Redirect URIs are compared as strings; only a native client's loopback port may differ."""

import re
from urllib.parse import urlencode, urlsplit

from keybound.domain.application import Application

_LOOPBACK_HOSTS = ("127.0.0.1", "[::1]")
_PORT = re.compile(r":([1-9][0-9]{0,4})\Z")
_LAST_PORT = 65_535


def is_registered(application: Application, redirect_uri: str) -> bool:
    """Whether `redirect_uri` is one of the application's (RFC 9700 §2.1, RFC 8252 §7.3)."""
    if redirect_uri in application.redirect_uris:
        return True
    if not application.is_public:
        return False
    asked = _without_loopback_port(redirect_uri)
    return asked is not None and any(
        asked == _without_loopback_port(known) for known in application.redirect_uris
    )


def extend(uri: str, parameters: dict[str, str]) -> str:
    """Return `uri` with parameters added to its query, which is kept (RFC 6749 §3.1.2, §4.1.2)."""
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode(parameters)}"


def _without_loopback_port(uri: str) -> tuple[str, str] | None:
    """Split `http://127.0.0.1:port/rest` into host and rest; None for any other form."""
    for host in _LOOPBACK_HOSTS:
        prefix = f"http://{host}"
        if not uri.startswith(prefix):
            continue
        tail = uri[len(prefix) :]
        port, slash, rest = tail.partition("/")
        found = _PORT.match(port)
        if port and (found is None or int(found[1]) > _LAST_PORT):
            return None
        return host, slash + rest
    return None


def origin_of(uri: str) -> str | None:
    """Return the web origin of a URI (RFC 6454 §6.1), or None for app schemes."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc}"
