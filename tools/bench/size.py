"""`bench size`: the layer of wheels and our own, unpacked and zipped, and what lacks bytecode.

Measures what `make layers` built.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from zipfile import ZIP_DEFLATED, ZipFile

from tools.bench.deployment import BenchError
from tools.bench.report import Report

REPOSITORY = Path(__file__).resolve().parents[2]
_WHEELS = REPOSITORY / "build" / "layers" / "dependencies"
_OWN = REPOSITORY / "layers" / "keybound"
_LARGEST = 8


@dataclass(frozen=True)
class Size:
    """MB are 10^6 bytes. `without_bytecode`: modules that every cold start would compile."""

    unpacked_mb: float
    zipped_mb: float
    modules: int
    without_bytecode: int


def measure(layer: Path, *, bytecode: bool = True) -> Size:
    """Measure a layer's folder; without `bytecode`, as if none lay there."""
    files = [path for path in _files(layer) if bytecode or path.suffix != ".pyc"]
    sources = [path for path in files if path.suffix == ".py"]
    compiled = {path.parent.parent / path.name.partition(".")[0] for path in files if _is_pyc(path)}
    lacking = [path for path in sources if path.with_suffix("") not in compiled]
    unpacked = sum(path.stat().st_size for path in files)
    return Size(unpacked / 1e6, _zipped(layer, files) / 1e6, len(sources), len(lacking))


def _zipped(layer: Path, files: list[Path]) -> int:
    with TemporaryFile() as archive:
        with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
            for path in files:
                packed.write(path, path.relative_to(layer))
        return archive.tell()


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _is_pyc(path: Path) -> bool:
    return path.suffix == ".pyc"


def _largest(layer: Path) -> list[tuple[str, float]]:
    parts = {
        entry.name: sum(path.stat().st_size for path in _files(entry)) / 1e6
        for entry in (layer / "python").iterdir()
        if entry.is_dir()
    }
    return sorted(parts.items(), key=lambda part: -part[1])[:_LARGEST]


def run() -> Report:
    if not _WHEELS.with_suffix(".json").exists():
        raise BenchError("the layer is not built: run `make layers`")
    sizes = {"wheels": measure(_WHEELS), "keybound (sources)": measure(_OWN, bytecode=False)}
    largest = _largest(_WHEELS)
    return Report(
        ("layer", "unpacked MB", "zipped MB", "modules", "without bytecode"),
        [
            (
                n,
                f"{s.unpacked_mb:.1f}",
                f"{s.zipped_mb:.1f}",
                str(s.modules),
                str(s.without_bytecode),
            )
            for n, s in sizes.items()
        ],
        {"layers": {name: asdict(size) for name, size in sizes.items()}, "largest_mb": largest},
        notes=["largest of the wheels: " + ", ".join(f"{name} {mb:.1f}" for name, mb in largest)],
    )
