"""An import from its first line to its last: the file judged whole, then written line by line."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from keybound.domain.errors import BadRequest, NotFound
from keybound.domain.ids import RealmId, TenantId, is_hex_id
from keybound.domain.tenancy import RealmPath
from keybound.storage.tenants import Tenants

from tools.cli.deployment import Deployment
from tools.cli.transfer.exporting import CHECKPOINT, END
from tools.cli.transfer.importing import LeftOut, RealmWriter, SecretSink
from tools.cli.transfer.judging import judge
from tools.cli.transfer.passkeys import NoPlace
from tools.cli.transfer.records import FORMAT, VERSION, Damaged, decoded
from tools.devserver.ready_file import write_privately

_REMEMBER_EVERY = 100
_LONGEST_LINE = 4_000_000  # an item is 400 KB at most, and six characters may stand for one byte
MOST_NAMED = 20


@dataclass(frozen=True)
class Header:
    """Whose export it is."""

    path: RealmPath
    tenant_display_name: str
    sha256: str
    lines: int


@dataclass
class Imported:
    """What an import did. left_out: kind, id and reason of what it could not put; all of them
    are counted."""

    made: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)


def read_header(file: Path, base_urls: tuple[str, ...]) -> Header:
    """Read the whole file and judge every line. Raises BadRequest; nothing is written."""
    digest, header, ended = hashlib.sha256(), None, None
    with file.open("rb") as lines:
        for number, line in enumerate(_bounded(lines), 1):
            try:
                content = _parsed(line)
                if content.get("kind") == END:
                    ended = (number - 1, content["value"])
                    break
                digest.update(line)
                if header is None:
                    header = _header(content)
                elif content.get("kind") != CHECKPOINT:
                    judge(decoded(content, header), base_urls)
            except (Damaged, ValueError, KeyError, TypeError, RecursionError) as error:
                raise BadRequest(f"{file}, line {number}: {error}") from error
        if header is None or ended is None or lines.read(1):
            raise BadRequest(f"{file} is no whole export: its last line is missing")
    count, told = ended
    if (count, digest.hexdigest()) != (told.get("lines"), told.get("sha256")):
        raise BadRequest(f"{file} was changed or damaged: its SHA-256 is another")
    name = _first(file)["tenant_display_name"]
    return Header(header, str(name), digest.hexdigest(), count)


def import_file(
    deployment: Deployment,
    file: Path,
    header: Header,
    tell_secret: SecretSink,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Imported:
    """Write what is missing. Raises NotFound without the tenant, PlatformError when AWS fails."""
    tenants = Tenants(deployment.directory, deployment.randomness)
    if tenants.find(header.path.tenant_id) is None:
        raise NotFound("Tenant", header.path.tenant_id)
    writer = RealmWriter(deployment, header.path, tell_secret)
    memory = Memory(file, f"{deployment.directory.name} {header.sha256}")
    result, first = Imported(), memory.line()
    for number, content in _contents(file):
        if number <= first or content["kind"] == CHECKPOINT:
            continue
        entity = decoded(content, header.path)
        try:
            made = writer.put(entity)
            (result.made if made else result.present)[content["kind"]] += 1
        except (LeftOut, NoPlace) as reason:
            result.left_out.append((content["kind"], entity.id, str(reason)))
        if number % _REMEMBER_EVERY == 0 and not result.left_out:
            memory.remember(number)
        progress(number, header.lines)
    memory.forget()
    return result


@dataclass(frozen=True)
class Memory:
    """How far an import has come, beside the file. Without it a run only takes longer."""

    file: Path
    subject: str

    @property
    def _place(self) -> Path:
        return self.file.with_name(f"{self.file.name}.imported")

    def line(self) -> int:
        try:
            known = json.loads(self._place.read_text("utf-8"))
            return int(known["line"]) if known["subject"] == self.subject else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def remember(self, line: int) -> None:
        write_privately(self._place, json.dumps({"subject": self.subject, "line": line}))

    def forget(self) -> None:
        self._place.unlink(missing_ok=True)


def _contents(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the lines between header and end."""
    with file.open("rb") as lines:
        next(lines)
        for number, line in enumerate(lines, 2):
            content = _parsed(line)
            if content["kind"] == END:
                return
            yield number, content


def _bounded(lines: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; of one that is too long what makes it so, which nobody can read then."""
    while line := lines.readline(_LONGEST_LINE + 1):
        yield line


def _parsed(line: bytes) -> dict[str, Any]:
    if len(line) > _LONGEST_LINE:
        raise Damaged("longer than any line of an export")
    content = json.loads(line)
    if not isinstance(content, dict):
        raise Damaged("no JSON object")
    return content


def _first(file: Path) -> dict[str, Any]:
    with file.open("rb") as lines:
        value: dict[str, Any] = _parsed(lines.readline())["value"]
    return value


def _header(content: dict[str, Any]) -> RealmPath:
    value = content.get("value")
    if content.get("kind") != "header" or not isinstance(value, dict):
        raise Damaged("an export begins with a header")
    if (value.get("format"), value.get("version")) != (FORMAT, VERSION):
        raise Damaged(f"this is no {FORMAT} of version {VERSION}")
    ids = (str(value["tenant_id"]), str(value["realm_id"]))
    if not all(map(is_hex_id, ids)) or not isinstance(value["tenant_display_name"], str):
        raise Damaged("the header names no tenant and realm")
    return RealmPath(TenantId(ids[0]), RealmId(ids[1]))
