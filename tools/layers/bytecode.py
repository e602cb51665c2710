"""Compiles a layer with the Python that will run it.

The bytecode is of the kind `unchecked-hash` (PEP 552): archives do not keep modification times,
and a layer's folder cannot be written to, so time-stamped bytecode would be thrown away at every
cold start.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_MOUNTED_AT = "/opt"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2], sys.implementation.cache_tag)"


def find_python(version: str) -> Path | None:
    """Return an interpreter of that version (`3.13`): this one, the PATH's, or one of pyenv's."""
    for candidate in _candidates(version):
        answer = subprocess.run([candidate, "-c", _VERSION], capture_output=True, text=True)
        if answer.stdout.split()[:1] == [version]:
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))


def compile_layer(layer: Path, python: Path) -> None:
    """Compile everything below `layer`; its paths read as they will be on Lambda.

    Raises CalledProcessError when a module does not compile.
    """
    command = [str(python), "-m", "compileall", "-q", "-j", "0"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(layer), "-p", _MOUNTED_AT]
    subprocess.run([*command, str(layer)], check=True)
