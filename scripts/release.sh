#!/usr/bin/env bash
# One binary with the assets inside, in target/release/kneeboard.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh release
scripts/build.sh release
say "Ready: $TARGET/release/kneeboard ($(du -h "$TARGET/release/kneeboard" | cut -f 1))"
