#!/usr/bin/env bash
# Makes .venv-ministack, the local cloud that contract and race tests run against. It needs an
# environment of its own because it pins botocore. MINISTACK_PYTHON chooses another interpreter.
set -euo pipefail
cd "$(dirname "$0")/../.."

unset VIRTUAL_ENV
export UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT="$PWD/.venv-ministack"
interpreter="$("${MINISTACK_PYTHON:-.venv/bin/python}" -c 'import sys; print(sys._base_executable)')"
exec .venv-tools/bin/uv sync --quiet --frozen --project tools/setup/ministack --python "$interpreter"
