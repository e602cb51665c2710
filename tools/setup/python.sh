#!/usr/bin/env bash
# Makes .venv exactly as uv.lock says. Needs Python 3.11 or newer with its venv module; uv itself
# comes from the package index into .venv-tools, so nothing outside this folder changes.
#
# usage: tools/setup/python.sh all | dev     (dev: only what `make dev` needs, and removes nothing)
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly UV_VERSION=0.13.9
readonly PYTHON="${PYTHON:-python3}"

fail() {
  printf 'set-up: %s\n' "$*" >&2
  exit 1
}

command -v "$PYTHON" >/dev/null ||
  fail "$PYTHON not found. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)."
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$("$PYTHON" --version) is too old: Keybound needs 3.11 or newer (set PYTHON=/path/to/python3)."
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
  fail "$PYTHON has no venv module (Debian: apt-get install python3-venv)."

unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT # an activated environment is not ours to change
export UV_PYTHON_DOWNLOADS=never         # a missing interpreter is an error, not a download
uv=.venv-tools/bin/uv

[ -d .venv ] || echo "set-up: making .venv from the lock file; this is slow the first time only" >&2
if [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
  "$PYTHON" -m venv --clear .venv-tools
  .venv-tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi

interpreter="$("$PYTHON" -c 'import sys; print(sys._base_executable)')"
case "${1:-all}" in
  all) chosen=(--all-groups) ;;
  dev) chosen=(--inexact --no-default-groups --group local --group demo) ;;
  *) fail "unknown set: $1 (all or dev)" ;;
esac
# A machine with a new enough Node of its own is spared the wheel's 60 MB.
if [ "${1:-all}" = all ] && tools/setup/node.sh --system >/dev/null 2>&1; then
  chosen+=(--no-group node)
fi
exec "$uv" sync --quiet --frozen --python "$interpreter" "${chosen[@]}"
