"""Measures Keybound: `python -m tools.bench {calls,cold,size,cost,handler,expiry} [--json]`.

Ends with 1 when a goal was missed and with 2 when something could not be measured.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from tools.bench.report import Report

BENCHES = ("calls", "cold", "size", "cost", "handler", "expiry")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("bench", choices=BENCHES)
    parser.add_argument("--json", action="store_true", help="print JSON with versions")
    given = parser.parse_args(arguments)
    try:
        report: Report = importlib.import_module(f"tools.bench.{given.bench}").run()
    except Exception as error:  # noqa: BLE001 - told, and the exit status says it
        print(f"bench {given.bench}: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(report.as_json() if given.json else report.as_text())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
