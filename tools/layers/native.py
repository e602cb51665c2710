"""Judges the compiled modules of a layer: for the right processor, and the right Python."""

from collections.abc import Iterator
from pathlib import Path

_ELF = b"\x7fELF"
_MACHINES = {"aarch64": 183, "x86_64": 62}  # e_machine of the ELF header


def wrong_modules(site: Path, platform: str, python: str) -> Iterator[str]:
    """Yield a sentence for each compiled module that Lambda could not load.

    platform: as uv names it (`aarch64-manylinux_2_28`). python: `3.13`.
    """
    processor = platform.partition("-")[0]
    tag = f"cpython-{python.replace('.', '')}-"
    for path in sorted(site.rglob("*.so*")):
        name = path.relative_to(site)
        if machine(path) != _MACHINES[processor]:
            yield f"{name} is not built for {processor}"
        elif "cpython-" in path.name and tag not in path.name:
            yield f"{name} is not built for Python {python}"


def machine(path: Path) -> int:
    """Return e_machine of an ELF file, or -1 for a file of another kind."""
    with path.open("rb") as file:
        head = file.read(20)
    return int.from_bytes(head[18:20], "little") if head[:4] == _ELF else -1
