#!/usr/bin/env bash
# Everything that can be said about the code without running it.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh check
# rust-embed wants its folder there, even when nothing is built.
mkdir -p "$SITE"

say "rustfmt"
cargo fmt --check
say "clippy, server"
cargo clippy --locked --all-targets --no-default-features --features ssr -- -D warnings
say "clippy, browser"
# For this machine, not for wasm32: clippy belongs to rustup's compiler, the browser's standard library may not.
cargo clippy --locked --lib --no-default-features --features hydrate -- -D warnings
say "shellcheck"
shellcheck scripts/*.sh scripts/setup/*.sh .ci/run
say "biome"
end2end/node_modules/.bin/biome ci --colors=off --error-on-warnings
say "tsc"
end2end/node_modules/.bin/tsc --project end2end
