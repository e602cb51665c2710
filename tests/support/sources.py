"""The project's own source files, for tests that read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAYER = REPOSITORY / "layers" / "keybound" / "python"
PACKAGE = LAYER / "keybound"

#: Folders whose code is shipped, run or copied by users; tests are not among them.
PRODUCT_FOLDERS = ("layers/keybound", "functions", "infra", "tools", "examples", "web")
_NOT_SOURCES = {"__pycache__", "node_modules", "build", "cdk.out"}


def files(suffix: str, *folders: str) -> Iterator[Path]:
    """Every file with this suffix below the folders (relative to the repository's root)."""
    for folder in folders or PRODUCT_FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob(f"*{suffix}")):
            if _NOT_SOURCES.isdisjoint(path.parts):
                yield path


def python_modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file below the folders with its syntax tree."""
    for path in files(".py", *folders):
        yield path, ast.parse(path.read_text("utf-8"), filename=str(path))


def place(path: Path, node: ast.expr | ast.stmt | None = None) -> str:
    """`path:line`, as error messages name it."""
    relative = path.relative_to(REPOSITORY).as_posix() if path.is_absolute() else str(path)
    return relative if node is None else f"{relative}:{node.lineno}"
