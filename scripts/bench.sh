#!/usr/bin/env bash
# Measures the release build on this machine. Options go to the program: --json for a script.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh bench
scripts/build.sh release
cargo build --release --no-default-features --features ssr --bin bench

# A run needs a target, though no measured step looks at it.
dir=$ROOT/target/bench
port=54700
while port_in_use "$port"; do port=$((port + 1)); done
trap '"$ROOT/scripts/demo-db.sh" stop "$dir"' EXIT
scripts/demo-db.sh start "$dir" "$port"
scripts/demo-db.sh load "$dir" "$port" 100
say "Measuring, for about two minutes"
DATABASE_URL=$(cat "$dir/url") "$TARGET/release/bench" "$@"

say "Measuring in Chromium"
cd end2end
KNEEBOARD_BIN=$TARGET/release/kneeboard PATH=$PATH:$(pg_bin) node_modules/.bin/playwright test --config bench.config.ts
