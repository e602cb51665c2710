"""Tells whether what was built was built from the sources that lie there now."""

from hashlib import sha256
from pathlib import Path


def digest_of_sources(folder: Path) -> str:
    """Return one SHA-256 over every file below the folder but bytecode: places and contents."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()
