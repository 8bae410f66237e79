#!/usr/bin/env bash
# build.sh debug|release: the browser part and the assets into target/site, then the server.
. "$(dirname "$0")/lib.sh"

case ${1:-} in
  debug) server=() profile=wasm-dev ;;
  release) server=(--release) profile=wasm-release ;;
  *) fail "usage: build.sh debug|release" ;;
esac

browser() {
  say "Building the browser part"
  wasm_cargo build --lib --no-default-features --features hydrate --profile "$profile"
  local wasm=$TARGET/$WASM/$profile/kneeboard.wasm built
  built=$(stat -c "$profile %y %s" "$wasm")
  # Last, so that a bind that was interrupted is done again. Not in target/site, which is served as it is.
  local stamp=$ROOT/target/site.stamp
  if [ "$(cat "$stamp" 2>/dev/null)" = "$built" ] && [ -e "$SITE/pkg/kneeboard.js" ]; then return; fi
  rm -rf "$SITE/pkg.new"
  wasm-bindgen --target web --no-typescript --out-name kneeboard --out-dir "$SITE/pkg.new" "$wasm"
  if [ "$1" = release ] && have wasm-opt; then
    say "Making it smaller"
    wasm-opt -Oz --all-features "$SITE/pkg.new/kneeboard_bg.wasm" -o "$SITE/pkg.new/kneeboard_bg.wasm"
  fi
  mkdir -p "$SITE/pkg"
  mv -f "$SITE/pkg.new"/* "$SITE/pkg/"
  rmdir "$SITE/pkg.new"
  echo "$built" >"$stamp"
}

assets() {
  mkdir -p "$SITE/pkg"
  "$ROOT/scripts/bundle-css.sh" style/main.css >"$SITE/kneeboard.css.new"
  mv -f "$SITE/kneeboard.css.new" "$SITE/pkg/kneeboard.css"
  [ ! -d public ] || cp -R public/. "$SITE/"
}

browser "$1"
assets
say "Building the server"
cargo build --bin kneeboard --no-default-features --features ssr "${server[@]}"
