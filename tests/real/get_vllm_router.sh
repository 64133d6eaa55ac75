#!/usr/bin/env bash
# Puts vLLM's router into an environment outside the checkout, and prints the path of its Python. Does
# nothing when it is there; half a minute from nothing, 100 MB.
#
#   usage: get_vllm_router.sh [PREFIX]
#   VLLM_ROUTER_PYTHON  a Python that imports vllm_router, to use instead of fetching one
#   PREFIX              default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/vllm-router
#
# Exit status 3: something cannot be had here; the last line of stderr says what.
set -euo pipefail
ROUTER=vllm-router==0.1.17

missing() { echo "$1" >&2; exit 3; }

if [ -n "${VLLM_ROUTER_PYTHON:-}" ]; then
  echo "$VLLM_ROUTER_PYTHON"
  exit
fi
prefix=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/codestral-ls-tests/vllm-router}
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
stamp="$prefix/complete-$ROUTER"

if [ ! -e "$stamp" ]; then
  python=$(command -v python3.11 || command -v python3.12 || command -v python3) ||
    missing "no python3 on this machine"
  rm -rf "$prefix/venv" "$prefix"/complete-*
  "$python" -m venv "$prefix/venv" >&2 || missing "python3 -m venv failed"
  "$prefix/venv/bin/pip" install -q "$ROUTER" >&2 || missing "pip could not fetch $ROUTER"
  touch "$stamp"
fi
echo "$prefix/venv/bin/python"
