"""`bench cost`: USD per million sign-ins, from counted calls, measured CPU and a dated price file.

A sign-in is authorize, authenticate, and the exchange of the code; both tokens are signed. The
preflight that browsers send before authenticate is shown beside it. What no count can know
(latencies, cold starts) is under `assumptions` in the price file. In the mode kms-data-key-pair,
each KMS signature is replaced by one in process, at the CPU measured for both.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from functions.manifest import Room, room
from tools.bench import calls, handler
from tools.bench.meter import Cost
from tools.bench.report import Report
from tools.bench.requests import LOGIN, PREFLIGHT

PRICES = Path(__file__).with_name("prices-2026-11.json")
MILLION = 1_000_000
RSA, ECC, DATA_KEY = "kms, RS256", "kms, ES256", "kms-data-key-pair"
MODES = (DATA_KEY, RSA, ECC)
_SIGN_PRICE = {RSA: "kms_sign_rsa_2048", ECC: "kms_sign_ecc"}
#: Most USD per million sign-ins.
GOALS = {DATA_KEY: 8.0, RSA: 14.0}


@dataclass(frozen=True)
class Prices:
    """A price file, read. `usd`: price of one unit; `assumed`: the assumptions."""

    as_of: str
    usd: Mapping[str, float]
    assumed: Mapping[str, float]


@dataclass(frozen=True)
class Request:
    """One kind of request: its room, what it asks of AWS, and its CPU in µs."""

    room: Room
    cost: Cost
    cpu_us: float


def read_prices(path: Path = PRICES) -> Prices:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    usd = {name: price["usd"] / price["per"] for name, price in content["prices"].items()}
    return Prices(content["as_of"], usd, content["assumptions"])


def per_million(mode: str, requests: Sequence[Request], prices: Prices) -> dict[str, float]:
    """Return USD by what is paid for, each of the requests sent a million times."""
    usd, times = prices.usd, len(requests)
    costs = [request.cost for request in requests]
    paid = {
        "API Gateway": usd["http_api_request"] * times,
        "Lambda requests": usd["lambda_request"] * times,
        "Lambda duration": usd["lambda_gb_second"] * sum(_gb_s(r, prices) for r in requests),
        "DynamoDB writes": usd["dynamodb_write_unit"] * sum(cost.write_units for cost in costs),
        "DynamoDB reads": usd["dynamodb_read_unit"] * sum(cost.read_units for cost in costs),
        "KMS Sign": _signing(mode, costs, prices),
        "KMS Decrypt": usd["kms_decrypt"] * sum(_decrypts(mode, r, prices) for r in requests),
        "logs": usd["log_gb"] * sum(_log_gb(cost, prices) for cost in costs),
    }
    return {name: price * MILLION for name, price in paid.items()}


def signed_in_process(request: Request, signature_us: float, call_us: float) -> Request:
    """Return the request as it is when the room signs by itself: ES256, no call, no wait."""
    signs = request.cost.calls["kms:Sign"]
    calls_left = Counter({n: c for n, c in request.cost.calls.items() if n != "kms:Sign"})
    round_trips = request.cost.round_trips - bool(signs)  # all signatures are one round
    cost = replace(request.cost, calls=calls_left, round_trips=round_trips)
    return replace(request, cost=cost, cpu_us=request.cpu_us - signs * (call_us - signature_us))


def _gb_s(request: Request, prices: Prices) -> float:
    """Lambda gives CPU in proportion to memory; what waits for AWS is paid for as well."""
    assumed, cost, memory_mb = prices.assumed, request.cost, request.room.memory_mb
    signing = bool(cost.calls["kms:Sign"])
    waiting_ms = (cost.round_trips - signing) * assumed["dynamodb_round_trip_ms"]
    waiting_ms += signing * assumed["kms_round_trip_ms"]
    busy_ms = request.cpu_us / 1000 * max(1.0, assumed["vcpu_memory_mb"] / memory_mb)
    cold_ms = assumed["cold_start_share"] * assumed["cold_start_ms"]
    return (waiting_ms + busy_ms + cold_ms) / 1000 * memory_mb / 1024


def _signing(mode: str, costs: Sequence[Cost], prices: Prices) -> float:
    signs = sum(cost.calls["kms:Sign"] for cost in costs)
    return prices.usd[_SIGN_PRICE[mode]] * signs if signs else 0.0


def _decrypts(mode: str, request: Request, prices: Prices) -> float:
    """A room unwraps its sealing keys once per cold start, and its signing key if it has one."""
    keys = len(request.room.unwraps) + (mode == DATA_KEY and request.room.signs)
    return prices.assumed["cold_start_share"] * keys


def _log_gb(cost: Cost, prices: Prices) -> float:
    assumed = prices.assumed
    others = assumed["access_log_bytes"] + assumed["platform_log_bytes"]
    return (cost.log_bytes + others + 2 * assumed["log_event_overhead_bytes"]) / 1e9


def in_each_mode(
    names: Sequence[str],
    counted: Mapping[str, Cost],
    cpu_us: Mapping[str, float],
    prices: Prices,
) -> dict[str, dict[str, float]]:
    """Return, for each mode, USD by what is paid for when these requests are sent a million times.

    counted: what each asks of AWS; cpu_us: its CPU, and that of the two divisors of `handler`.
    """
    divisors = cpu_us[handler.SIGNATURE], cpu_us[handler.AWS_CALL]

    def request(name: str, mode: str) -> Request:
        found = Request(room(name.partition(":")[0]), counted[name], cpu_us[name])
        return signed_in_process(found, *divisors) if mode == DATA_KEY else found

    return {m: per_million(m, [request(name, m) for name in names], prices) for m in MODES}


def run() -> Report:
    prices, counted = read_prices(), calls.count()
    cpu_us = {name: spent.median for name, spent in handler.measure(rounds=3).items()}
    paid = in_each_mode(LOGIN, counted, cpu_us, prices)
    preflight = in_each_mode([PREFLIGHT], counted, cpu_us, prices)
    return _report(prices, paid, {mode: sum(parts.values()) for mode, parts in preflight.items()})


def _report(
    prices: Prices, paid: Mapping[str, Mapping[str, float]], beside: Mapping[str, float]
) -> Report:
    totals = {mode: sum(parts.values()) for mode, parts in paid.items()}
    rows = [(part, *(f"{paid[mode][part]:.2f}" for mode in MODES)) for part in paid[RSA]]
    rows.append(("total", *(f"{totals[mode]:.2f}" for mode in MODES)))
    rows.append(("at most", *(str(GOALS.get(mode, "")) for mode in MODES)))
    rows.append(("and a browser's preflight", *(f"{beside[mode]:.2f}" for mode in MODES)))
    content = {"prices": PRICES.name, "usd_per_million": paid, "totals": totals}
    return Report(
        (f"USD per million sign-ins, prices of {prices.as_of}", *MODES),
        rows,
        {**content, "preflight": beside},
        failures=[f"{m}: {totals[m]:.2f}, at most {g}" for m, g in GOALS.items() if totals[m] > g],
    )
