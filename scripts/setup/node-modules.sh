#!/usr/bin/env bash
# Installs end2end's tools (Playwright without a browser of its own, axe, biome, tsc) as its lock file says.
. "$(dirname "$0")/../lib.sh"

cd end2end
stamp=node_modules/.kneeboard
cmp -s package-lock.json "$stamp" && exit 0

node_version=$(node --version)
at_least v20 "$node_version" || fail "Node 20 or newer is needed for the browser tests and this is $node_version: install a newer one, then run the same command again."
say "Installing the browser tests' tools"
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund >&2
cp package-lock.json "$stamp"
