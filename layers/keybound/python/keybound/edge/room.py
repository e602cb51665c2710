"""Runs a room: event in, method dispatch, errors to answers, one log line, event out.

API Gateway has matched the path already (one ANY route per path), so a room looks its route up
by name. OPTIONS and HEAD are answered here; a known path with another method is 405 with Allow.
"""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.errors import MethodNotAllowed, NotFound, PlatformError
from keybound.edge import origin
from keybound.edge.errors import JSON, NO_STORE, management_error
from keybound.edge.http import Request, Response, read_event, read_head
from keybound.edge.json_body import to_json
from keybound.edge.observability import log_request

Endpoint = Callable[[Request], Response]
ErrorForm = Callable[[PlatformError], Response]
Cors = Callable[[Request], Mapping[str, str]]
Preflight = Callable[[Request, tuple[str, ...]], Response]


@dataclass(frozen=True)
class Route:
    """What one path does. `preflight` answers OPTIONS; without it OPTIONS is 204 with Allow.

    cors: returns the CORS headers of an answer, also of refused calls. verbs: of a path whose last
    segment may end in one, verb → method → endpoint; only: the one word before the verb, for verbs
    of a collection (see `action_route`). Those two are for readers of the table.
    """

    methods: Mapping[str, Endpoint]
    error_form: ErrorForm
    preflight: Preflight | None = None
    cors: Cors | None = None
    verbs: Mapping[str, Mapping[str, Endpoint]] | None = None
    only: str = ""

    @property
    def by_verb(self) -> Mapping[str, Mapping[str, Endpoint]]:
        """Every endpoint: verb → method → endpoint; "" stands for no verb."""
        return {"": self.methods} if self.verbs is None else self.verbs

    @property
    def allow(self) -> tuple[str, ...]:
        return tuple(self.methods) + (("HEAD",) if "GET" in self.methods else ()) + ("OPTIONS",)


def run(routes: Mapping[str, Route], event: Mapping[str, Any], *, room: str) -> dict[str, Any]:
    """Answer one event. Never raises: what nobody foresaw is a bare 500 and a logged trace."""
    started = time.perf_counter()
    route = routes.get(str(event.get("routeKey", "")).partition(" ")[2])
    outcome: dict[str, Any] = {}
    try:
        response = _answer(route, event, outcome)
    except Exception as error:  # noqa: BLE001 - the last resort: a bare 500 and a logged trace
        outcome |= {"level": "error", **_trace(error)}
        response = Response(500, to_json(_INTERNAL), {**JSON, **NO_STORE})
    _log(room, event, response, outcome, started)
    return response.as_event()


def _trace(error: Exception) -> dict[str, Any]:
    """Where it happened and what kind it is; its text may quote what a caller sent."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"exception": type(error).__name__, "trace": places}


_INTERNAL = {
    "code": "internal_server_error",
    "message": "internal server error",
    "details": [],
    "error": "server_error",
}


def _answer(route: Route | None, event: Mapping[str, Any], outcome: dict[str, Any]) -> Response:
    request = read_head(event)
    refusal = _refused_at_the_door(request, event)
    if route is None:
        return management_error(refusal or NotFound("Route"))
    if refusal:
        outcome |= noted(refusal)
        refused = route.error_form(refusal)
        if refused.status >= 500:
            outcome["level"] = "error"
        return refused if request.method != "HEAD" else replace(refused, body="")
    try:
        response = _dispatch(route, read_event(event))
        outcome |= response.notes
    except PlatformError as error:
        outcome |= noted(error)
        response = route.error_form(error)
    if response.status >= 500:
        outcome["level"] = "error"
    if request.method == "HEAD":
        response = replace(response, body="")
    if route.cors is not None and request.method != "OPTIONS":
        response = response.with_headers(route.cors(request))
    return response


def _refused_at_the_door(request: Request, event: Mapping[str, Any]) -> PlatformError | None:
    """Judge, before anything else is done, a call that may have bypassed CloudFront."""
    guard = origin.guard()
    try:
        if guard is not None and origin.stands_before(_api_id(event)):
            guard.check(request.header(origin.HEADER))
    except PlatformError as error:
        return error
    return None


def _api_id(event: Mapping[str, Any]) -> str:
    return str((event.get("requestContext") or {}).get("apiId", ""))


def noted(error: PlatformError) -> dict[str, str]:
    """Return what the log line says about an error."""
    return {"code": error.code, "reason": error.description, "detail": error.detail}


def _dispatch(route: Route, request: Request) -> Response:
    if request.method == "OPTIONS":
        if route.preflight is not None:
            return route.preflight(request, route.allow)
        return Response(204, headers={"allow": ", ".join(route.allow)})
    if request.method == "HEAD" and "GET" in route.methods:
        return route.methods["GET"](request)
    endpoint = route.methods.get(request.method)
    if endpoint is None:
        raise MethodNotAllowed(route.allow)
    return endpoint(request)


def _log(
    room: str,
    event: Mapping[str, Any],
    response: Response,
    outcome: dict[str, Any],
    started: float,
) -> None:
    context = event.get("requestContext") or {}
    path = event.get("pathParameters") or {}
    level = outcome.pop("level", "info")
    method = (context.get("http") or {}).get("method", "")
    log_request(
        f"{method} {_route_below_realm(str(event.get('routeKey', '')))}".strip(),
        level=level,
        room=room,
        request_id=context.get("requestId", ""),
        tenant_id=path.get("tenant_id", ""),
        realm_id=path.get("realm_id", ""),
        status=response.status,
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
        **outcome,
    )


def _route_below_realm(route_key: str) -> str:
    """The path of a route key, with `~` for the realm that the line names anyway: lines are paid
    for by the byte."""
    return route_key.partition(" ")[2].replace("/v1/tenants/{tenant_id}/realms/{realm_id}", "~")
