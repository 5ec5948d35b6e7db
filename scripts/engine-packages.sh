#!/usr/bin/env bash
# Fetch the engine's packages for a Python, such as 3.13, into a folder, or do nothing
# when they are there. Prints the folder. It stands in for the network where a private
# environment is tried.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
lock=requirements/engine.lock
place=${XDG_CACHE_HOME:-$HOME/.cache}/soma/packages-$version-$(cksum <"$lock" | cut -d' ' -f1)
if [ ! -e "$place/complete" ]; then
  tags=()
  # What the wheels of Linux are named after, newest first.
  for tag in manylinux_2_28 manylinux_2_27 manylinux_2_17 manylinux2014; do
    tags+=(--platform "${tag}_$(uname -m)")
  done
  # Seconds and tries are pip's own: no network has to be told soon.
  timeout 300 .venv/bin/python -m pip download -qq --timeout 30 --retries 2 \
    --only-binary=:all: --implementation cp --python-version "$version" "${tags[@]}" \
    -r "$lock" -d "$place" >&2
  touch "$place/complete"
fi
echo "$place"
