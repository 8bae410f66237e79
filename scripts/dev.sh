#!/usr/bin/env bash
# The demo, built and started again at every change of the sources.
. "$(dirname "$0")/lib.sh"

: "${PORT:=8480}" "${ROWS:=10000}"
want_port "$PORT" dev
scripts/setup.sh demo
PATH=$PATH:$(pg_bin)

server=
stop() {
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  server=
}
trap stop EXIT
trap 'exit 130' INT TERM

seen() { find src style public runbooks migrations Cargo.toml Cargo.lock -type f -printf '%p %T@\n' 2>/dev/null | sort; }
before=
while true; do
  now=$(seen)
  if [ "$now" != "$before" ]; then
    before=$now
    # A build that fails leaves the one before running.
    if scripts/build.sh debug; then
      stop
      "$TARGET/debug/kneeboard" demo --listen "127.0.0.1:$PORT" --rows "$ROWS" &
      server=$!
    fi
  fi
  sleep 1
done
