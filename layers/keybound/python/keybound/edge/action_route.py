"""Routes whose last segment may carry a verb: `{id}` and `{id}:revoke` under one path variable.

An HTTP API's variable fills its whole segment, so the room splits the verb off. An unknown verb is
an unknown route; a known one answers other methods with 405 and its own Allow.
"""

from collections.abc import Mapping

from keybound.domain.errors import MethodNotAllowed, NotFound
from keybound.edge.http import Request, Response
from keybound.edge.room import Cors, Endpoint, ErrorForm, Preflight, Route

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Verbs = Mapping[str, Mapping[str, Endpoint]]


def action_route(
    variable: str,
    verbs: Verbs,
    error_form: ErrorForm,
    *,
    only: str = "",
    preflight: Preflight | None = None,
    cors: Cors | None = None,
) -> Route:
    """Return a route that dispatches on verb, then method.

    variable: the path variable's name. verbs: verb → method → endpoint; "" stands for no verb.
    only: the one word before the verb that is no unknown route, for verbs of a collection.
    preflight: answers OPTIONS for every verb; without it OPTIONS is 204 with the verb's Allow.
    """

    def dispatch(request: Request) -> Response:
        methods = _methods(variable, verbs, request, only)
        endpoint = methods.get("GET" if request.method == "HEAD" else request.method)
        if endpoint is None:
            raise MethodNotAllowed(_allow(methods))
        return endpoint(request)

    def options(request: Request, allow: tuple[str, ...]) -> Response:
        if preflight is not None:
            every = {method for methods in verbs.values() for method in methods}
            return preflight(request, _allow(dict.fromkeys(sorted(every))))
        known = _allow(_methods(variable, verbs, request, only))
        return Response(204, headers={"allow": ", ".join(known)})

    methods = dict.fromkeys(_METHODS, dispatch)
    return Route(methods, error_form, preflight=options, cors=cors, verbs=verbs, only=only)


def split_action(segment: str) -> tuple[str, str]:
    """Return id and verb of `id:verb`; the verb is empty when there is no colon."""
    identifier, _, verb = segment.partition(":")
    return identifier, verb


def _methods(variable: str, verbs: Verbs, request: Request, only: str) -> Mapping[str, Endpoint]:
    segment = request.path.get(variable, "")
    before, verb = split_action(segment)
    if verb not in verbs or segment.endswith(":") or (only and before != only):
        raise NotFound("Route")
    return verbs[verb]


def _allow(methods: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(methods) + (("HEAD",) if "GET" in methods else ()) + ("OPTIONS",)
