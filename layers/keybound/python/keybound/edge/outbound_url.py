"""Reads a URL that is to be called: https, a host, no user, no fragment (RFC 3986)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_URL = 2048
_URL_CHARACTERS = re.compile(r"[!#-;=?-\[\]_a-z~]+\Z")  # RFC 3986 appendix A, and nothing else


class UrlRefused(ValueError):
    """The URL is none that is called."""


@dataclass(frozen=True)
class Target:
    """Where a call goes. path: with query, as it stands in the request line."""

    host: str
    port: int
    path: str
    is_tls: bool

    @property
    def authority(self) -> str:
        """The Host header (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def read_url(url: str, http_hosts: Collection[str] = ()) -> Target:
    """Return a URL's parts. http_hosts: hosts that may be called without TLS.

    Raises UrlRefused.
    """
    if len(url) > LONGEST_URL or not _URL_CHARACTERS.match(url):
        raise UrlRefused("the URL is too long or has characters that URLs have not")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UrlRefused("the URL cannot be read") from error
    if not host or "#" in url or "@" in parts.netloc or parts.netloc.endswith(":") or port == 0:
        raise UrlRefused("the URL needs a host, and no user, fragment or empty port")
    is_tls = parts.scheme == "https"
    if not is_tls and not (parts.scheme == "http" and host in http_hosts):
        raise UrlRefused("the URL must be https")
    query = f"?{parts.query}" if parts.query else ""
    return Target(host, port or (443 if is_tls else 80), (parts.path or "/") + query, is_tls)
