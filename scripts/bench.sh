#!/usr/bin/env bash
# Measures the release build on this machine.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh release
scripts/build.sh release
cargo build --release --no-default-features --features ssr --bin bench
exec "$TARGET/release/bench"
