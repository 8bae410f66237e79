#!/usr/bin/env bash
# setup.sh demo|check|test|release|bench: installs what is missing for that purpose, and only that.
# Tools go to TOOLS (see lib.sh), Debian's packages through apt. With nothing missing it takes a moment.
. "$(dirname "$0")/lib.sh"

purpose=${1:?"usage: setup.sh demo|check|test|release|bench"}
mkdir -p "$TOOLS/bin"
# Two makes at once must not install the same tool twice.
exec 9>"$TOOLS/.lock"
flock --nonblock 9 || { say "Waiting for another set-up to finish" && flock 9; }

step() { "$ROOT/scripts/setup/$1.sh" "${@:2}" 9>&-; }

step rust
[ "$purpose" = check ] || step wasm-target try-rustup
step packages "$purpose"
case $purpose in
  demo) parts="wasm-target wasm-bindgen uv runbooks" ;;
  test) parts="wasm-target wasm-bindgen uv runbooks node node-modules postgresql" ;;
  release) parts="wasm-target wasm-bindgen node wasm-opt" ;;
  bench) parts="wasm-target wasm-bindgen node wasm-opt node-modules" ;;
  check) parts="node node-modules" ;;
  *) fail "setup.sh knows demo, check, test, release and bench, not '$purpose'" ;;
esac
for part in $parts; do step "$part"; done
