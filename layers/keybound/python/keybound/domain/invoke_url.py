"""Invoke URLs: where a person's app is, and the two addresses built on it.

An invoke URL is `https://host[:port][/path]`, the same with http on localhost, or an app scheme:
`myapp://` or `myapp://path`. It has no query, no fragment and no trailing slash.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

_WEB_SCHEMES = ("https", "http")


def bind_url(invoke_url: str, instruction: Mapping[str, str]) -> str:
    """Return `{invoke_url}/bind?…`; the members of `instruction` in their order."""
    return invoke(invoke_url, "bind", instruction)


def authenticate_url(invoke_url: str, request: str) -> str:
    """Return `{invoke_url}/bi-authenticate?request=…`."""
    return invoke(invoke_url, "bi-authenticate", {"request": request})


def invoke(invoke_url: str, path: str, query: Mapping[str, str]) -> str:
    """Append a path and a query; `myapp://` and `bind` give `myapp://bind`."""
    joint = "" if invoke_url.endswith("://") else "/"
    return f"{invoke_url}{joint}{path}?{urlencode(query, quote_via=quote, safe='')}"


def web_origin(invoke_url: str) -> str | None:
    """Return `scheme://host[:port]`, or None for an app scheme."""
    parts = urlsplit(invoke_url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in _WEB_SCHEMES else None


def app_scheme(invoke_url: str) -> str | None:
    """Return the scheme of an app, or None for the web."""
    scheme = invoke_url.partition(":")[0]
    return None if scheme in _WEB_SCHEMES else scheme
