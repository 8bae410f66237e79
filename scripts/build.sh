#!/usr/bin/env bash
# build.sh debug|release: the browser part and the assets into target/site, then the server.
. "$(dirname "$0")/lib.sh"

case ${1:-} in
  debug) profile="wasm-dev" ;;
  release) profile="wasm-release" ;;
  *) fail "usage: build.sh debug|release" ;;
esac

browser() {
  wasm_cargo build --lib --no-default-features --features hydrate --profile "$profile"
  local wasm=$TARGET/$WASM/$profile/kneeboard.wasm built
  built=$(stat -c "$profile %y %s" "$wasm")
  # Last, so that a bind that was interrupted is done again. Not in target/site, which is served as it is.
  local stamp=$ROOT/target/site.stamp
  if [ "$(cat "$stamp" 2>/dev/null)" = "$built" ] && [ -e "$SITE/pkg/kneeboard.js" ]; then return; fi
  rm -rf "$SITE/pkg.new"
  wasm-bindgen --target web --no-typescript --remove-name-section --out-name kneeboard --out-dir "$SITE/pkg.new" "$wasm"
  if [ "$1" = release ] && have wasm-opt; then
    say "Making it smaller"
    # The features that rustc uses by itself, all in browsers for years: any more could shut one out.
    wasm-opt -Oz --enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-mutable-globals \
      --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext \
      "$SITE/pkg.new/kneeboard_bg.wasm" -o "$SITE/pkg.new/kneeboard_bg.wasm"
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
  # A release's: of other content by now.
  find "$SITE" -name '*.br' -delete -o -name '*.gz' -delete
}

server() {
  cargo build --bin kneeboard --no-default-features --features ssr "$@"
}

if [ "$1" = release ]; then
  say "Building the browser part, small"
  browser "$1"
  assets
  node scripts/compress.mjs "$SITE"
  say "Building the server"
  # What it embeds is not among the files that cargo looks at.
  touch src/server/web/assets.rs
  server --release
  exit
fi

# Side by side, as the last and longest crate of each keeps one core alone busy. In a process group of its own, so
# that an interrupted build ends with all that cargo has started.
say "Building the server and the browser part"
set -m
server 2> >(sed -u 's/^/server: /' >&2) &
building=$!
set +m
trap 'kill -- "-$building" 2>/dev/null || true' EXIT
browser "$1"
assets
wait "$building"
trap - EXIT
