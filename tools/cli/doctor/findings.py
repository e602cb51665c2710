"""What a check found, and how a list of them is told."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError
from keybound.domain.errors import PlatformError

from tools.cli.aws_failures import denied_permission, explain
from tools.cli.doctor.failed import Failed as Failed
from tools.cli.target import TargetError


class Status(StrEnum):
    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class NotChecked(Exception):
    """The check needs something that was not given, or that failed already; says what."""


@dataclass(frozen=True)
class Check:
    """run: returns what was found, or raises Failed, NotChecked, or what AWS clients raise."""

    name: str
    run: Callable[[], str]


@dataclass(frozen=True)
class Finding:
    check: str
    status: Status
    found: str
    advice: str = ""


_MARKS = {Status.OK: "✓", Status.FAILED: "✗", Status.NOT_CHECKED: "–"}


def examine(checks: Iterable[Check]) -> list[Finding]:
    """Run every check; none keeps the others from running."""
    return [_examine(check) for check in checks]


def _examine(check: Check) -> Finding:
    try:
        return Finding(check.name, Status.OK, check.run())
    except Failed as failed:
        return Finding(check.name, Status.FAILED, failed.found, failed.advice)
    except NotChecked as missing:
        return Finding(check.name, Status.NOT_CHECKED, str(missing))
    except ClientError as error:
        denied = denied_permission(error)
        advice = f"allow your credentials {denied}" if denied else explain(error)
        return Finding(check.name, Status.FAILED, _first_line(error), advice)
    except TargetError as error:
        found, _, advice = str(error).partition(": ")
        return Finding(check.name, Status.FAILED, found, advice)
    except (BotoCoreError, PlatformError) as error:
        return Finding(check.name, Status.FAILED, _first_line(error), explain(error))


def failed(findings: Sequence[Finding]) -> bool:
    return any(finding.status is Status.FAILED for finding in findings)


def as_table(findings: Sequence[Finding]) -> str:
    """Return a line a check, and one of advice under each that failed."""
    width = max((len(finding.check) for finding in findings), default=0)
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.status]} {finding.check:<{width}}  {finding.found}")
        if finding.advice:
            lines.append(f"  {'':<{width}}  → {finding.advice}")
    counted = {status: sum(each.status is status for each in findings) for status in Status}
    lines += ["", ", ".join(f"{number} {status}" for status, number in counted.items() if number)]
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    checks = [
        {
            "check": each.check,
            "status": each.status.value,
            "found": each.found,
            "advice": each.advice,
        }
        for each in findings
    ]
    return json.dumps({"ok": not failed(findings), "checks": checks}, indent=2)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
