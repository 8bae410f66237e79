#!/usr/bin/env bash
# Installs the Python tools that the runbooks pin, so that no step of a run has to fetch anything.
. "$(dirname "$0")/../lib.sh"

for project in runbooks/*/pyproject.toml; do
  stamp=$(dirname "$project")/.venv/.kneeboard
  if cmp -s "$project" "$stamp"; then continue; fi
  say "Installing the tools of $(dirname "$project")"
  uv sync --quiet --project "$(dirname "$project")" >&2
  cp "$project" "$stamp"
done
