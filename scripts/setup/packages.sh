#!/usr/bin/env bash
# packages.sh PURPOSE: installs Debian's packages that are missing for it, all in one call of apt.
. "$(dirname "$0")/../lib.sh"

missing=()
want() { have "$1" || missing+=("${@:2}"); }

want cc build-essential
# uv and, where Debian's is too old, Node come as Python wheels.
want python3 python3
[ -x "$TOOLS/bin/uv" ] || python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
case $1 in demo | test | bench) pg_bin >/dev/null || missing+=(postgresql) ;; esac
# Debian's package of hypopg has the server's major in its name, which is known once that is installed.
if [ "$1" = test ] && bin=$(pg_bin) && [[ $bin =~ ^/usr/lib/postgresql/([0-9]+)/bin$ ]]; then
  major=${BASH_REMATCH[1]}
  [ -e "/usr/share/postgresql/$major/extension/hypopg.control" ] || missing+=("postgresql-$major-hypopg")
fi
if [ "$1" = bench ] && [ -z "${CHROMIUM:-}" ]; then want chromium chromium; fi
if [ "$1" = test ]; then
  want faketime faketime
  want openssl openssl
  [ -n "${CHROMIUM:-}" ] || want chromium chromium
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing+=(fonts-dejavu-core)
  [ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || missing+=(fonts-noto-color-emoji)
fi
[ "$1" != check ] || want shellcheck shellcheck
if [ "$1" != check ] && [ "$(wasm_from)" = debian ]; then
  [ -d /usr/lib/rustlib/src/rust/library/std ] || missing+=(rustc-web cargo-web rust-web-src)
  want wasm-ld-22 lld-22
fi
[ ${#missing[@]} -gt 0 ] || exit 0

have apt-get || fail "these Debian packages, or what your system has in their place, are missing: ${missing[*]}. Install them, then run the same command again."
if [ "$(id -u)" = 0 ]; then
  as_root() { "$@"; }
elif sudo -n true 2>/dev/null; then
  as_root() { sudo -n "$@"; }
else
  fail "packages are missing: run 'sudo apt-get install --no-install-recommends ${missing[*]}', then the same command again."
fi
apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >&2; }

# Debian's server package makes a cluster of its own and starts it on port 5432, which nobody asked for here.
without_a_cluster() {
  local conf=/etc/postgresql-common/createcluster.conf
  local status=0
  apt install --no-install-recommends postgresql-common &&
    as_root cp -p "$conf" "$conf.kneeboard" &&
    as_root pg_conftool "$conf" set create_main_cluster off || return 1
  "$@" || status=$?
  as_root mv "$conf.kneeboard" "$conf"
  return "$status"
}

say "Installing from Debian: ${missing[*]}"
apt update
if [[ " ${missing[*]} " = *" postgresql "* ]]; then
  without_a_cluster apt install --no-install-recommends "${missing[@]}"
else
  apt install --no-install-recommends "${missing[@]}"
fi || fail "apt could not install ${missing[*]}: see its words above."
# The server's major is known now.
[[ " ${missing[*]} " != *" postgresql "* ]] || exec "$ROOT/scripts/setup/packages.sh" "$1"
