"""CORS, answered by the handlers themselves (Fetch standard, "CORS protocol").

Three policies: `public` for discovery and keys, `issuer` for an application's endpoints, and
`binding` for binding links. Credentials are never allowed and every answer varies by Origin.
"""

from collections.abc import Callable, Collection

from keybound.edge.http import Request, Response

ALLOWED_HEADERS = "authorization, content-type, dpop"
# What scripts must be able to read to go on: RFC 9449 §8.2, RFC 6750 §3.
_EXPOSED = {"access-control-expose-headers": "DPoP-Nonce, WWW-Authenticate"}
MAX_AGE_S = "600"
_VARY = {"vary": "Origin"}


def public_headers(_: Request) -> dict[str, str]:
    """Anybody may read this."""
    return {"access-control-allow-origin": "*", **_VARY}


def public_preflight(_: Request, allow: tuple[str, ...]) -> Response:
    """The same 204 for everybody, without a look-up, so that nothing is learned from it."""
    return Response(204, headers=_preflight_headers("*", allow))


def origin_headers(
    origins: Callable[[Request], Collection[str]],
) -> Callable[[Request], dict[str, str]]:
    """Return a policy that echoes the Origin when `origins(request)` holds it, exactly."""

    def headers(request: Request) -> dict[str, str]:
        origin = request.header("origin")
        if origin and origin in origins(request):
            return {"access-control-allow-origin": origin, **_EXPOSED, **_VARY}
        return dict(_VARY)

    return headers


def origin_preflight(
    origins: Callable[[Request], Collection[str]],
) -> Callable[[Request, tuple[str, ...]], Response]:
    """Return a preflight that allows only the origins of `origins(request)`."""

    def preflight(request: Request, allow: tuple[str, ...]) -> Response:
        origin = request.header("origin")
        if origin and origin in origins(request):
            return Response(204, headers=_preflight_headers(origin, allow))
        return Response(204, headers={"allow": ", ".join(allow), **_VARY})

    return preflight


def _preflight_headers(origin: str, allow: tuple[str, ...]) -> dict[str, str]:
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": ", ".join(allow),
        "access-control-allow-headers": ALLOWED_HEADERS,
        "access-control-max-age": MAX_AGE_S,
        "allow": ", ".join(allow),
        **_VARY,
    }
