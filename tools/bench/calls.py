"""`bench calls`: AWS calls, sequential round trips, read and write units of each warm request."""

from collections import Counter
from io import StringIO

from tools.bench.deployment import deployment
from tools.bench.log_stream import logged_to
from tools.bench.meter import Cost, metered
from tools.bench.report import Report
from tools.bench.requests import LOGIN, Realm, measured

#: Most sequential round trips of a warm request with bearer tokens, signatures made by KMS.
ROUND_TRIPS = {
    "authorize": 0,
    "authenticate: preflight": 0,
    "authenticate": 2,
    "token: code": 2,
    "token: refresh": 2,
    "token: client_credentials": 1,
    "userinfo": 1,
    "discovery": 0,
    "JWKS": 0,
    "invokeAuthenticator": 1,
    "completeBinding": 2,
}


def count() -> dict[str, Cost]:
    """Send every kind of request twice, to warm its room up and to count; return the counts."""
    lines = StringIO()
    with logged_to(lines), deployment() as management:
        costs = {}
        for kind in measured(Realm(management)):
            kind.prepare().send()
            call = kind.prepare()
            before = lines.tell()
            with metered() as cost:
                call.send()
            cost.log_bytes = lines.tell() - before
            costs[kind.name] = cost
        return costs


def login(costs: dict[str, Cost]) -> Cost:
    """Return the sum over the requests of one sign-in."""
    parts = [costs[name] for name in LOGIN]
    return Cost(
        sum((part.calls for part in parts), Counter()),
        sum(part.round_trips for part in parts),
        sum(part.read_units for part in parts),
        sum(part.write_units for part in parts),
        sum(part.log_bytes for part in parts),
    )


def run() -> Report:
    costs = count()
    shown = {**costs, "one sign-in": login(costs)}
    over = [
        f"{name}: {costs[name].round_trips} round trips, at most {most}"
        for name, most in ROUND_TRIPS.items()
        if costs[name].round_trips > most
    ]
    return Report(
        ("request, warm", "calls", "round trips", "RRU", "WRU", "log bytes", "operations"),
        [_row(name, cost) for name, cost in shown.items()],
        {name: _members(cost) for name, cost in shown.items()},
        failures=over,
    )


def _row(name: str, cost: Cost) -> tuple[str, ...]:
    operations = ", ".join(
        f"{operation.partition(':')[2]}{f' x{times}' if times > 1 else ''}"
        for operation, times in cost.calls.items()
    )
    units = (f"{cost.read_units:g}", f"{cost.write_units:g}", str(cost.log_bytes))
    return (name, str(cost.calls.total()), str(cost.round_trips), *units, operations)


def _members(cost: Cost) -> dict[str, object]:
    return {
        "calls": dict(cost.calls),
        "round_trips": cost.round_trips,
        "read_units": cost.read_units,
        "write_units": cost.write_units,
        "log_bytes": cost.log_bytes,
    }
