"""Writes the document where the room `openapi` serves it from: `python -m tools.openapi`."""

import json

from tools.openapi.document import FILE, document


def text() -> str:
    """Return the document as it is kept: readable, because its changes are read."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
    print(f"wrote {FILE}")
