#!/usr/bin/env bash
# Makes sure of cargo and a rustc that is new enough. Does not install Rust: that choice is the owner's.
. "$(dirname "$0")/../lib.sh"

needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
have cargo ||
  fail "Rust is missing: install it with rustup (https://rustup.rs), then run the same command again."
found=$(rustc --version | cut -d ' ' -f 2)
at_least "$needed" "$found" ||
  fail "Rust $needed or newer is needed and this is $found: run 'rustup update stable', then the same command again."
