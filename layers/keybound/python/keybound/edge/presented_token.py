"""Access tokens as they come to an issuer's own resource: `Bearer` (RFC 6750 §2.1) or `DPoP`
(RFC 9449 §7.1)."""

import re

from keybound.edge.api_auth import bearer_token
from keybound.edge.http import Request
from keybound.oauth.errors import InvalidBoundToken
from keybound.oauth.userinfo_endpoint import PresentedToken

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")


def presented_token(request: Request) -> PresentedToken:
    """Return the token of the Authorization header. A second `DPoP` header is joined to the first
    by API Gateway, with a comma, and is then no proof.

    Raises Unauthorized (no error code when nothing was sent), InvalidBoundToken.
    """
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "dpop":
        return PresentedToken(bearer_token(request), request.method)
    if not _TOKEN.match(token.strip(" ")):
        raise InvalidBoundToken(detail="malformed Authorization header")
    return PresentedToken(token.strip(" "), request.method, True, request.header("dpop"))
