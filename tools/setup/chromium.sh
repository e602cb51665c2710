#!/usr/bin/env bash
# Makes sure that `chromium` is there for the browser journeys: from Debian's packages when root.
set -euo pipefail

if command -v chromium >/dev/null; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  printf 'set-up: Chromium is missing. Install it so that `chromium` is on the PATH' >&2
  printf ' (Debian, as root: apt-get update && apt-get install chromium).\n' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium
