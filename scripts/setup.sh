#!/usr/bin/env bash
# Make the engine's virtual environment .venv, or do nothing when it is ready.
# Usage: scripts/setup.sh [tests|archive]     with "tests": what the tests need as well;
# with "archive": what `soma archive` needs for workers, catalogues and object stores.
# SOMA_PYTHON names the Python to use; SOMA_TORCH=no leaves torch out.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv
kinds=(engine "$@")

say() { printf '%s\n' "$*" >&2; }

die() { say "$*"; exit 2; }

suits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in ${SOMA_PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if command -v "$name" >/dev/null && suits "$name"; then command -v "$name"; return; fi
  done
  return 1
}

install_python() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    die "SOMA needs Python 3.11 or later with the venv module: install python3 and python3-venv, then run this again."
  scripts/apt-install.sh python3 python3-venv
}

# torch is optional: without it the gradient matcher does the work. A machine
# without an NVIDIA GPU gets the CPU build or none, never gigabytes of CUDA.
install_torch() {
  local pin; pin=$(grep '^torch==' requirements/torch.txt)
  if command -v nvidia-smi >/dev/null || [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    "$venv/bin/pip" install -qq "$pin" && return
  elif "$venv/bin/pip" install -qq "$pin+cpu" 2>/dev/null; then
    return
  fi
  say "No CPU build of ${pin} is to be had from pip's sources; going on without it (the gradient matcher needs none). To add it, follow pytorch.org's instructions for pip and CPU with $venv/bin/pip."
}

# What single networks need beside torch; without it they say so, and the others work.
install_for_networks() {
  "$venv/bin/python" -c 'import torch' 2>/dev/null || return 0
  "$venv/bin/pip" install -qq --no-deps -r requirements/networks.lock ||
    say "The packages of requirements/networks.lock could not be installed; going on without the networks that need them."
}

stamp() {
  { cat pyproject.toml requirements/*.lock requirements/torch.txt; pwd; echo "$1 ${SOMA_TORCH:-yes}"; } | cksum
}

ready() {
  local kind
  [ -x "$venv/bin/soma" ] || return
  for kind in "${kinds[@]}"; do
    [ "$(cat "$venv/.ready-$kind" 2>/dev/null)" = "$(stamp "$kind")" ] || return
  done
}

ready && exit 0
python=$(find_python) || { install_python; python=$(find_python) || die "No Python 3.11 or later with venv found."; }
if ! "$venv/bin/python" -c '' 2>/dev/null; then
  say "Making $venv with $("$python" --version) ..."
  "$python" -m venv --clear "$venv"
fi
say "Installing the ${kinds[*]} packages into $venv ..."
export PIP_DISABLE_PIP_VERSION_CHECK=1
for kind in "${kinds[@]}"; do "$venv/bin/pip" install -qq -r "requirements/$kind.lock"; done
"$venv/bin/pip" install -qq --no-deps -e .
[ "${SOMA_TORCH:-yes}" = no ] || "$venv/bin/python" -c 'import torch' 2>/dev/null || install_torch
install_for_networks
for kind in "${kinds[@]}"; do stamp "$kind" > "$venv/.ready-$kind"; done
say "The engine is ready."
