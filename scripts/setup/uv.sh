#!/usr/bin/env bash
# Installs uv, which runs the runbooks' Python tools, from its wheel: pip's own environment stays as it is.
. "$(dirname "$0")/../lib.sh"

version=0.13.9
[ "$(cat "$TOOLS/uv/version" 2>/dev/null)" = "$version" ] && exit 0

say "Installing uv $version"
rm -rf "$TOOLS/uv"
python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --root-user-action=ignore --target "$TOOLS/uv" "uv==$version" >&2
ln -sf ../uv/bin/uv ../uv/bin/uvx "$TOOLS/bin/"
echo "$version" >"$TOOLS/uv/version"
