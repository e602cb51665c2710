"""The file that says a development server serves, and how to reach it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_ready_file(path: Path, content: Mapping[str, Any]) -> None:
    """Write the content as JSON, whole or not at all."""
    write_privately(path, json.dumps(content, indent=2) + "\n")


def write_privately(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner's eyes only: it holds a secret."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
