#!/usr/bin/env bash
# Brings everything into the form that check.sh asks for.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh check
cargo fmt
end2end/node_modules/.bin/biome check --write --colors=off
