"""Writes the lines of an export, so that a broken run goes on where it stopped.

Until it is whole the file is called `NAME.part`. After each step it holds a checkpoint: a run that
finds one drops what follows it and goes on from there. The last line counts the lines before it
and has their SHA-256, so that a cut or damaged file is seen.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from keybound.domain.clock import Clock
from keybound.domain.errors import BadRequest, NotFound
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm, RealmPath
from keybound.storage.realms import Realms
from keybound.storage.table import Table
from keybound.storage.tenants import Tenants

from tools.cli.transfer.reading import SECTIONS, Place, RealmReader
from tools.cli.transfer.records import FORMAT, VERSION, encoded

CHECKPOINT, END = "checkpoint", "end"


@dataclass(frozen=True)
class Exported:
    """What a finished export holds."""

    lines: int
    sha256: str


def part_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def export_realm(
    directory: Table,
    randomness: Randomness,
    clock: Clock,
    path: RealmPath,
    file: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Exported:
    """Write the realm to `file`, or go on with what an earlier run began. Raises BadRequest."""
    realm = _realm(directory, randomness, path)
    reader = RealmReader(directory, randomness, realm)
    part, total, done = part_of(file), reader.total(), 0
    with _opened(part) as output:
        place = _resume(output, path)
        if place is None:
            _write(output, _header(directory, randomness, clock, realm))
            place = Place()
        for step in reader.steps(place):
            lines = [encoded(each) for each in step.found]
            if step.then:
                lines.append({"kind": CHECKPOINT, "value": asdict(step.then)})
            _write(output, *lines)
            output.flush()
            done += len(step.found)
            progress(done, total)
        exported = _end(output)
        os.fsync(output.fileno())
    part.replace(file)
    return exported


def _opened(part: Path) -> BinaryIO:
    """Open the file for its owner alone. Raises BadRequest for a link, or another user's file,
    which may wait under this name in a folder of many."""
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BadRequest(f"{part} cannot be written: {error.strerror}") from error
    if os.fstat(descriptor).st_uid != os.geteuid():
        os.close(descriptor)
        raise BadRequest(f"{part} is another user's: remove it, or export elsewhere")
    os.fchmod(descriptor, 0o600)
    return open(descriptor, "r+b")


def _realm(directory: Table, randomness: Randomness, path: RealmPath) -> Realm:
    realm = Realms(directory, randomness).find(path.tenant_id, path.realm_id)
    if realm is None:
        raise NotFound("Realm", path.realm_id)
    if realm.is_admin:
        raise BadRequest("an admin realm is not exported: every deployment has its own")
    return realm


def _header(directory: Table, randomness: Randomness, clock: Clock, realm: Realm) -> dict[str, Any]:
    tenant = Tenants(directory, randomness).find(realm.tenant_id)
    value = {
        "format": FORMAT,
        "version": VERSION,
        "tenant_id": realm.tenant_id,
        "tenant_display_name": tenant.entity.display_name if tenant else "",
        "realm_id": realm.id,
        "export_time": clock(),
    }
    return {"kind": "header", "value": value}


def _resume(output: BinaryIO, path: RealmPath) -> Place | None:
    """Cut the file behind its last checkpoint and return the place; None to begin anew. Raises
    BadRequest for what no export of this realm began."""
    first = output.readline()
    last, end = b"", 0
    while line := output.readline():
        if line.startswith(b'{"kind": "checkpoint"') and line.endswith(b"\n"):
            last, end = line, output.tell()
    place = _place(first, last, path) if last else None
    output.seek(end)
    output.truncate()
    return place


def _place(first: bytes, last: bytes, path: RealmPath) -> Place:
    try:
        header, place = json.loads(first)["value"], Place(**json.loads(last)["value"])
        is_ours = (header["tenant_id"], header["realm_id"]) == (path.tenant_id, path.realm_id)
        SECTIONS.index(place.section)
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest("the .part file is damaged: remove it, or export elsewhere") from error
    if not is_ours:
        raise BadRequest("the .part file is of another realm: remove it, or export elsewhere")
    return place


def _write(output: BinaryIO, *lines: dict[str, Any]) -> None:
    output.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def _end(output: BinaryIO) -> Exported:
    output.flush()
    output.seek(0)
    digest, count = hashlib.sha256(), 0
    for line in output:
        digest.update(line)
        count += 1
    done = Exported(count, digest.hexdigest())
    _write(output, {"kind": END, "value": asdict(done)})
    return done
