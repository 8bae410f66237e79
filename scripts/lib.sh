# shellcheck shell=bash
# What all scripts share: where things are, how to say something, how to give up. Sourced, never run.
# shellcheck disable=SC2034  # used by those that source it
set -euo pipefail

: "${HOME:=$(cd ~ && pwd)}"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOOLS=${KNEEBOARD_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/kneeboard}
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
# Always in the package: the server's build embeds it by this path.
SITE=$ROOT/target/site
WASM=wasm32-unknown-unknown

cd "$ROOT"
export PATH="$TOOLS/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() {
  printf 'kneeboard: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# at_least 1.95 1.100.2: is the second version the first or newer?
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# Where the tests' servers of other majors lie (setup/postgresql.sh). PostgreSQL refuses to run as root, and the user that it runs
# as there cannot enter root's cache.
if [ "$(id -u)" = 0 ]; then PG_MAJORS=/var/lib/kneeboard/postgresql; else PG_MAJORS=$TOOLS/postgresql; fi

# The directory of the programs of that major's server, or a failure that says how to install it.
pg_bin_of() {
  [ -x "$PG_MAJORS/$1/bin/postgres" ] ||
    fail "the tests' PostgreSQL $1 is not installed: run 'scripts/setup.sh test', which brings it."
  echo "$PG_MAJORS/$1/bin"
}

# The directory of the newest PostgreSQL server here, or a failure. Debian keeps it off PATH.
pg_bin() {
  local initdb
  # shellcheck disable=SC2012  # the names are version numbers
  initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$initdb" ] && have pg_config; then initdb=$(pg_config --bindir)/initdb; fi
  if [ -z "$initdb" ] && have initdb; then initdb=$(command -v initdb); fi
  [ -x "$initdb" ] && dirname "$initdb"
}

port_in_use() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# want_port PORT COMMAND: gives up, with what to type instead, when the port is not to be had.
want_port() {
  [[ $1 =~ ^[0-9]+$ ]] || fail "PORT is a number, as in 'make $2 PORT=8480', not '$1'."
  ! port_in_use "$1" || fail "port $1 is in use: choose another one, as in 'make $2 PORT=$(($1 + 1))'."
}

# Where the browser build's standard library comes from: rustup, debian, or nothing while that is not known.
wasm_from() {
  if [ -d "$(rustc --print sysroot)/lib/rustlib/$WASM/lib" ]; then
    echo rustup
  elif [ -e "$TOOLS/no-rustup-target" ]; then
    echo debian
  fi
}

# cargo for the browser build.
wasm_cargo() {
  if [ "$(wasm_from)" = debian ]; then
    RUSTC=/usr/bin/rustc \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22 \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--sysroot=$TOOLS/sysroot" \
      cargo "$@" --target "$WASM"
  else
    cargo "$@" --target "$WASM"
  fi
}
