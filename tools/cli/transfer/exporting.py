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

from tools.cli.transfer.reading import Place, RealmReader
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
    with open(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as output:
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
    """Cut the file behind its last checkpoint and return the place; None to begin anew."""
    first = output.readline()
    place, end = None, 0
    while line := output.readline():
        if line.startswith(b'{"kind": "checkpoint"') and line.endswith(b"\n"):
            place, end = json.loads(line)["value"], output.tell()
    if first and place:
        header = json.loads(first)["value"]
        if (header["tenant_id"], header["realm_id"]) != (path.tenant_id, path.realm_id):
            raise BadRequest("the .part file is of another realm: remove it, or export elsewhere")
    output.seek(end)
    output.truncate()
    return Place(**place) if place else None


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
