#!/usr/bin/env bash
# Gives rustc a standard library for the browser: rustup's own where it can be had ('try-rustup' finds out, and
# a no is remembered in TOOLS/no-rustup-target), otherwise one built from Debian's sources into TOOLS/sysroot.
. "$(dirname "$0")/../lib.sh"

if [ "${1:-}" = try-rustup ]; then
  [ -z "$(wasm_from)" ] || exit 0
  say "Asking rustup for $WASM"
  if ! { have rustup && timeout 120 rustup target add "$WASM" >&2; }; then
    say "rustup has no $WASM here: taking Debian's sources of Rust instead"
    touch "$TOOLS/no-rustup-target"
  fi
  exit 0
fi

[ "$(wasm_from)" = debian ] || exit 0
version=$(/usr/bin/rustc --version)
needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
at_least "$needed" "$(cut -d ' ' -f 2 <<<"$version")" ||
  fail "Rust $needed or newer is needed for the browser part and Debian's is $version: add Debian's security updates to apt, run 'apt-get install rustc-web', then the same command again."
sysroot=$TOOLS/sysroot
[ "$(cat "$sysroot/version" 2>/dev/null)" = "$version" ] && exit 0

say "Building the standard library for the browser with $version (about a minute)"
work=$(mktemp -d "$TOOLS/std.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src"
touch "$work/src/lib.rs"
printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n' >"$work/Cargo.toml"
(
  cd "$work"
  RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$work/target \
    cargo build --release -Z build-std=std,panic_abort --target "$WASM"
) >&2
lib=$work/sysroot/lib/rustlib/$WASM/lib
mkdir -p "$lib"
cp "$work/target/$WASM/release/deps/"*.rlib "$lib"
rm -f "$lib"/libempty-*.rlib
echo "$version" >"$work/sysroot/version"
rm -rf "$sysroot"
mv "$work/sysroot" "$sysroot"
