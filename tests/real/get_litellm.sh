#!/usr/bin/env bash
# Puts LiteLLM's proxy into an environment outside the checkout, and prints the path of its Python.
# Does nothing when it is there; a minute or two from nothing, 600 MB.
#
#   usage: get_litellm.sh [PREFIX]
#   LITELLM_PYTHON  a Python that imports litellm.proxy, to use instead of fetching one
#   PREFIX          default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/litellm
#
# Exit status 3: something cannot be had here; the last line of stderr says what.
set -euo pipefail
LITELLM=1.108.7

missing() { echo "$1" >&2; exit 3; }

if [ -n "${LITELLM_PYTHON:-}" ]; then
  echo "$LITELLM_PYTHON"
  exit
fi
prefix=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/codestral-ls-tests/litellm}
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
stamp="$prefix/complete-$LITELLM"

if [ ! -e "$stamp" ]; then
  python=$(command -v python3.11 || command -v python3.12 || command -v python3) ||
    missing "no python3 on this machine"
  rm -rf "$prefix/venv" "$prefix"/complete-*
  "$python" -m venv "$prefix/venv" >&2 || missing "python3 -m venv failed"
  "$prefix/venv/bin/pip" install -q uv >&2 || missing "pip could not fetch uv"
  UV_CACHE_DIR="$prefix/uv-cache" "$prefix/venv/bin/uv" pip install -q \
    --python "$prefix/venv/bin/python" "litellm[proxy]==$LITELLM" >&2 ||
    missing "uv could not fetch litellm[proxy]==$LITELLM"
  rm -rf "$prefix/uv-cache"
  touch "$stamp"
fi
echo "$prefix/venv/bin/python"
