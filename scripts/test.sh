#!/usr/bin/env bash
# Everything that can be found out by running it: Rust's tests, with a real PostgreSQL, then a real browser.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh test
scripts/build.sh debug
PATH=$PATH:$(pg_bin)

say "Rust tests"
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --no-default-features --features ssr --no-fail-fast
else
  cargo test --no-default-features --features ssr --no-fail-fast
fi

say "Browser tests"
export KNEEBOARD_BIN=$TARGET/debug/kneeboard
cd end2end
npx --no-install playwright test
