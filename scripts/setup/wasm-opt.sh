#!/usr/bin/env bash
# Installs wasm-opt, which makes the release's browser part smaller. A release without it is larger, no worse.
. "$(dirname "$0")/../lib.sh"

version=132.0.0
dir=$TOOLS/binaryen
[ "$(cat "$dir/version" 2>/dev/null)" = "$version" ] && exit 0

say "Installing wasm-opt (binaryen $version)"
mkdir -p "$dir"
if npm install --prefix "$dir" --no-audit --no-fund --no-save "binaryen@$version" >&2; then
  ln -sf ../binaryen/node_modules/.bin/wasm-opt "$TOOLS/bin/wasm-opt"
  echo "$version" >"$dir/version"
else
  say "wasm-opt could not be installed: the release goes on without it"
fi
