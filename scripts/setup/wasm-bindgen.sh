#!/usr/bin/env bash
# Installs the wasm-bindgen command in exactly the version that Cargo.lock has of the library.
. "$(dirname "$0")/../lib.sh"

version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, ""); print $3 }' Cargo.lock)
[ "$("$TOOLS/bin/wasm-bindgen" --version 2>/dev/null)" = "wasm-bindgen $version" ] && exit 0

say "Building wasm-bindgen $version (about 2 minutes)"
# Without --locked: its lock file asks for versions that not every registry mirror still has.
# It runs for a second or two a build: its own speed is not worth the minutes that optimising it takes.
CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
  CARGO_TARGET_DIR=$TOOLS/wasm-bindgen-build \
  cargo install wasm-bindgen-cli --version "$version" --root "$TOOLS" --bin wasm-bindgen >&2
rm -rf "$TOOLS/wasm-bindgen-build"
