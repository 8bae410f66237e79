#!/usr/bin/env bash
# A throw-away PostgreSQL with TextLoom's schema in it, for the demo and for tests.
#   run   DIR PORT       in the foreground; ends (fast shutdown) when the process that called it ends
#   start DIR PORT       in the background, until 'stop DIR'
#   load  DIR PORT ROWS  waits until it answers; makes role, database and ROWS tasks; DIR/url says how to connect
#   stop  DIR
# PG_MAJOR=13 and the like takes the tests' server of that major in place of the newest one that is installed.
# TCP on loopback asks for a password. The superuser comes in through a socket inside the data directory, which
# only its owner can enter.
. "$(dirname "$0")/lib.sh"

# A relative DIR is meant from where the caller stands.
cd "$OLDPWD"
usage="usage: demo-db.sh run|start DIR PORT | load DIR PORT ROWS | stop DIR"
action=${1:?"$usage"}
mkdir -p "${2:?"$usage"}"
dir=$(cd "$2" && pwd -P)
port=${3:-0}
if [ -n "${PG_MAJOR:-}" ]; then
  bin=$(pg_bin_of "$PG_MAJOR")
else
  bin=$(pg_bin) || fail "no PostgreSQL server is installed here: install Debian's package postgresql, or run 'make demo', which does."
fi
cluster=$dir/cluster
as_owner=(env)

# What is written here, passwords and the log, is its owner's alone.
umask 077
# PostgreSQL refuses to run as root, so there it runs as another user, who must be able to reach the directory.
if [ "$(id -u)" = 0 ]; then
  owner=$(id -un postgres 2>/dev/null || echo nobody)
  as_owner=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
  chmod a+x "$dir"
  if ! "${as_owner[@]}" test -x "$dir/."; then
    cluster=/var/lib/kneeboard/$(printf %s "$dir" | sha256sum | cut -c 1-12)
  fi
fi

# Is a server of ours at work in the cluster? A pid file alone may be left from a crash, its pid another's.
serving() {
  local pid
  pid=$(head -n 1 "$cluster/postmaster.pid" 2>/dev/null) && [ "/proc/$pid/cwd" -ef "$cluster" ]
}

prepare() {
  # The one before may still be writing its last checkpoint.
  for _ in $(seq 100); do serving || break; sleep 0.1; done
  ! serving || fail "PostgreSQL already runs in $dir (process $(head -n 1 "$cluster/postmaster.pid")): end it with 'scripts/demo-db.sh stop $dir'."
  ! port_in_use "$port" || fail "port $port is in use: name another one for PostgreSQL."
  [ -n "${PG_MAJOR:-}" ] || [ ! -e "$cluster/PG_VERSION" ] || [ ! -d "/usr/lib/postgresql/$(cat "$cluster/PG_VERSION")" ] ||
    bin=/usr/lib/postgresql/$(cat "$cluster/PG_VERSION")/bin
  # A directory that was emptied gets a new cluster, wherever the old one lay.
  [ -e "$dir/cluster/PG_VERSION" ] || make_cluster
  options=(-D "$cluster" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories=. -c timezone=UTC)
  # Only Debian's server has pg_config beside it.
  libraries=$("$bin/pg_config" --pkglibdir 2>/dev/null) || libraries=$bin/../lib/postgresql
  [ ! -e "$libraries/pg_stat_statements.so" ] ||
    options+=(-c shared_preload_libraries=pg_stat_statements)
}

make_cluster() {
  say "Making a PostgreSQL cluster in $cluster"
  # Made aside and renamed: an initdb that was interrupted must not pass for a cluster.
  rm -rf "$cluster" "$cluster.new"
  (umask 022 && mkdir -p "$(dirname "$cluster")")
  install -d -m 700 ${owner:+-o "$owner"} "$cluster.new"
  (cd / && "${as_owner[@]}" "$bin/initdb" -D "$cluster.new" -U postgres -E UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 >"$dir/postgres.log" 2>&1) ||
    fail "initdb failed: $dir/postgres.log says why."
  mv -T "$cluster.new" "$cluster"
  [ "$cluster" = "$dir/cluster" ] || ln -sfn "$cluster" "$dir/cluster"
}

# As the superuser, through the socket in the data directory: by this path, for a socket's own may have 107 bytes.
psql() (
  cd "$cluster"
  export PGOPTIONS="-c client_min_messages=error ${PGOPTIONS:-}"
  exec "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h /proc/self/cwd -p "$port" -U postgres "$@"
)

wait_until_ready() {
  for _ in $(seq 300); do
    if serving && psql -d postgres -c 'SELECT 1' >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "PostgreSQL in $dir did not answer within 30 s: $dir/postgres.log says why."
}

load() {
  local rows=${1:?"$usage"} password sql=$ROOT/runbooks/textloom/sql
  local loaded="textloom, $rows tasks"
  wait_until_ready
  if [ ! -s "$dir/password" ]; then od -An -N 16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/password"; fi
  password=$(cat "$dir/password")
  echo "postgres://textloom:$password@127.0.0.1:$port/textloom" >"$dir/url"
  psql -d postgres -v password="$password" <<'SQL'
SELECT 'CREATE ROLE textloom' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'textloom') \gexec
ALTER ROLE textloom LOGIN CREATEDB PASSWORD :'password';
GRANT pg_monitor TO textloom;
SQL
  local found="SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'textloom'"
  [ "$(psql -d postgres -c "$found")" != "$loaded" ] || return 0

  say "Loading TextLoom with $rows tasks"
  psql -d postgres <<'SQL'
DROP DATABASE IF EXISTS textloom WITH (FORCE);
CREATE DATABASE textloom OWNER textloom;
SQL
  psql -d textloom -c 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements; CREATE EXTENSION IF NOT EXISTS pgstattuple'
  # Created as the role that the console will use, so that it owns what it is to change.
  PGOPTIONS="-c role=textloom -c synchronous_commit=off" \
    psql -d textloom -v n="$rows" -f "$sql/schema.sql" -f "$sql/data.sql" >/dev/null
  # Only now: a load that was interrupted begins again.
  psql -d postgres -c "COMMENT ON DATABASE textloom IS '$loaded'"
}

case $action in
  run)
    prepare
    # A crash of the caller must not leave a server behind, hence the signal at its death.
    exec env -i LC_ALL=C.UTF-8 "PATH=$bin:/usr/bin:/bin" "${as_owner[@]}" setpriv --pdeathsig INT \
      "$bin/postgres" "${options[@]}" </dev/null >"$dir/postgres.log" 2>&1
    ;;
  start)
    prepare
    (cd / && "${as_owner[@]}" "$bin/pg_ctl" start -w -s -D "$cluster" -o "${options[*]:2}") >"$dir/postgres.log" 2>&1 </dev/null ||
      fail "PostgreSQL did not start: $dir/postgres.log says why."
    ;;
  load) load "${4:-}" ;;
  stop)
    ! serving || (cd / && "${as_owner[@]}" "$bin/pg_ctl" stop -s -m fast -D "$cluster")
    ;;
  *) fail "$usage" ;;
esac
