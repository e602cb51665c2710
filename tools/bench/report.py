"""What every benchmark prints: a table for people, or JSON with the versions it was made with."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

_PACKAGES = ("aws-lambda-powertools", "boto3", "cryptography", "pydantic", "webauthn")


@dataclass(frozen=True)
class Spread:
    """Median and range of a subject's rounds."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)}..{_short(self.high)})"

    def as_json(self) -> dict[str, float]:
        return {"median": self.median, "low": self.low, "high": self.high}


def spread(rounds: Sequence[float]) -> Spread:
    return Spread(median(rounds), min(rounds), max(rounds))


@dataclass(frozen=True)
class Report:
    """A benchmark's outcome. `content` is its JSON; `failures` are the gates it missed."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    content: Mapping[str, Any]
    notes: Sequence[str] = ()
    failures: Sequence[str] = ()

    def as_text(self) -> str:
        lines = _aligned([self.columns, *self.rows])
        return "\n".join([*lines, *self.notes, *(f"MISSED: {f}" for f in self.failures)])

    def as_json(self) -> str:
        whole = {**self.content, "failures": list(self.failures), "measured_with": _setting()}
        return json.dumps(whole, indent=1)


def _setting() -> dict[str, Any]:
    return {
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{_processor()}, {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
