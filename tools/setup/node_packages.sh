#!/usr/bin/env bash
# Installs package-lock.json (type checker for the SDK, OpenID clients for the tests) if it changed.
set -euo pipefail
cd "$(dirname "$0")/../.."

installed=node_modules/.installed-lock.json
if cmp --silent package-lock.json "$installed"; then
  exit 0
fi
node="$(tools/setup/node.sh)"
packaged_npm="$(dirname "$node")/../lib/node_modules/npm/bin/npm-cli.js"
if [ -f "$packaged_npm" ]; then
  npm=("$node" "$packaged_npm") # the wheel's own npm script does not find its files
else
  npm=(npm)
fi
"${npm[@]}" ci --no-fund --no-audit --loglevel=error
cp package-lock.json "$installed"
