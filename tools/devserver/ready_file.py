"""The file that says a development server serves, and how to reach it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import Any


def write_ready_file(path: Path, content: Mapping[str, Any]) -> None:
    """Write the content as JSON, whole or not at all."""
    write_privately(path, json.dumps(content, indent=2) + "\n")


def write_privately(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner's eyes only: it holds a secret.

    The draft is new and has a name that nobody knows before, so that in a folder which others
    can write to it is no link of theirs, and no file that they have open.
    """
    descriptor, draft = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
