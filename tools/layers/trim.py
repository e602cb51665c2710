"""Cuts from installed wheels what a room never reads; most of it is botocore's service models."""

import json
import shutil
from pathlib import Path

#: AWS services that Keybound calls; a test compares them with the clients its code makes.
SERVICES = frozenset({"dynamodb", "kms", "lambda", "secretsmanager", "sesv2"})

_BOTOCORE_FILES = frozenset(
    {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
)
# What installers leave behind. METADATA and licences stay: packages read their own version, and
# the licences ask to travel along.
_INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
_UNUSED_FOLDERS = ("bin", "boto3/data", "boto3/examples")


def trim(site: Path) -> None:
    """Cut the wheels installed in `site`, in place."""
    _trim_botocore(site / "botocore" / "data")
    for name in _UNUSED_FOLDERS:
        _remove(site / name)
    for pattern in ("*.pyi", "*.exe"):
        for path in site.rglob(pattern):
            path.unlink()
    for name in _INSTALLER_FILES:
        for path in site.glob(f"*.dist-info/{name}"):
            path.unlink()
    for path in site.glob(".lock"):
        path.unlink()


def _trim_botocore(data: Path) -> None:
    for path in data.iterdir():
        if path.name not in (SERVICES if path.is_dir() else _BOTOCORE_FILES):
            _remove(path)
    endpoints = data / "endpoints.json"
    described = json.loads(endpoints.read_text("utf-8"))
    for partition in described["partitions"]:
        partition["services"] = {
            name: service for name, service in partition["services"].items() if name in _ENDPOINTS
        }
    endpoints.write_text(json.dumps(described, separators=(",", ":")), "utf-8")


# endpoints.json goes by endpoint prefix: `sesv2` calls `email`.
_ENDPOINTS = frozenset({"dynamodb", "email", "kms", "lambda", "secretsmanager"})


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
