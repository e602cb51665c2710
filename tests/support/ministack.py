"""A local cloud that is atomic between threads, for contract and race tests.

`make setup` puts ministack into .venv-ministack, since it pins botocore. It is started for
loopback only, on a free port, with its files in a folder of the caller's, and ended by its pid.
"""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.sources import REPOSITORY

PROGRAM = REPOSITORY / ".venv-ministack" / "bin" / "ministack"
START_TIMEOUT_S = 30


@contextmanager
def running_ministack(folder: Path) -> Iterator[str]:
    """Start ministack, yield its endpoint URL, end it. `folder` takes its state and its log.

    Use: `boto3.client("dynamodb", endpoint_url=url)`. Reset: `POST {url}/_ministack/reset`.
    Raises RuntimeError if it is not installed or does not answer in time.
    """
    if not PROGRAM.exists():
        raise RuntimeError("ministack is not installed: run make setup-ministack")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "ministack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM], cwd=folder, env=_settings(folder, port), stdout=output, stderr=output
        )
        try:
            _wait_until_healthy(url, process, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _settings(folder: Path, port: int) -> dict[str, str]:
    return os.environ | {
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "IOT_MTLS_ENABLED": "0",  # else it opens an MQTT port on every interface
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "0",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)  # another process starts: nothing here can tell when
    raise RuntimeError(f"ministack did not start:\n{log.read_text('utf-8', 'replace')}")
