"""Starts `keybound dev` as a person would and waits for its ready file."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_LIMIT_S = 60


@contextmanager
def running_dev_server(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the content of the ready file; every port is a free one. Ends only its own process."""
    ready = folder / "ready.json"
    log = folder / "dev-server.log"
    command = [Path(sys.executable).with_name("keybound"), "dev", "--ready-file", ready]
    command += ["--environment-file", folder / ".dev" / "environment"]
    command += [f"--{host}-port=0" for host in ("auth", "api", "app")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=output, env=environment
        )
    try:
        yield _wait(process, ready, log)
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: "subprocess.Popen[bytes]", ready: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if ready.exists():
            content: dict[str, Any] = json.loads(ready.read_text())
            return content
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"keybound dev did not start:\n{log.read_text()}")
