"""Where a person may be sent after binding: into the app that the authenticator config names.

Judged on one strict spelling, so that no browser can read the text differently: a web address must
have the normal-form origin of the config's invoke URL or of a trusted origin; an app address must
have the scheme of the invoke URL.
"""

import re

from keybound.ceremonies.origins import InvalidOrigin, WebOrigin, parse_expected_origin
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.invoke_url import app_scheme, web_origin

MAX_LENGTH = 1024
NOT_ALLOWED = "must be on the origin of the invoke URL or a trusted origin"

# RFC 3986 §2: no white space, backslash, quote, control character or raw non-ASCII anywhere.
_REST = r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?#%]*"
_WEB = re.compile(rf"(https?://[a-z0-9.\-:\[\]]+)((?:[/?#]{_REST})?)\Z")
_APP = re.compile(rf"([a-z][a-z0-9+.\-]*)://{_REST}\Z")
_NEVER_APPS = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript"})


def is_allowed_redirect(uri: str, config: AuthenticatorConfig) -> bool:
    """Tell whether a `post_binding_redirect_uri` stays with the config's app."""
    if len(uri) > MAX_LENGTH:
        return False
    if match := _WEB.match(uri):
        return _is_normal(match[1]) and match[1] in web_origins(config)
    match = _APP.match(uri)
    return match is not None and match[1] not in _NEVER_APPS and match[1] == _app(config)


def web_origins(config: AuthenticatorConfig) -> frozenset[str]:
    """Return the origins that may read answers of a binding link: trusted ones, and the invoke
    URL's own if it is on the web."""
    own = web_origin(config.invoke_url)
    return frozenset({*config.trusted_origins, *([own] if own else [])})


def _app(config: AuthenticatorConfig) -> str | None:
    return app_scheme(config.invoke_url)


def _is_normal(origin: str) -> bool:
    try:
        return isinstance(parse_expected_origin(origin), WebOrigin)
    except InvalidOrigin:
        return False
