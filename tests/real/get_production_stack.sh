#!/usr/bin/env bash
# Puts the router of vLLM's production-stack into an environment outside the checkout, and prints the path
# of its Python. Does nothing when it is there; a minute from nothing, 200 MB. It is not on PyPI, where
# the name vllm-router is another program's.
#
#   usage: get_production_stack.sh [PREFIX]
#   PRODUCTION_STACK_PYTHON  a Python that imports it as vllm_router, to use instead of fetching one
#   PREFIX                   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/production-stack
#
# Exit status 3: something cannot be had here; the last line of stderr says what.
set -euo pipefail
TAG=vllm-stack-0.1.12
SOURCE=https://github.com/vllm-project/production-stack/archive/refs/tags/$TAG.tar.gz

missing() { echo "$1" >&2; exit 3; }

if [ -n "${PRODUCTION_STACK_PYTHON:-}" ]; then
  echo "$PRODUCTION_STACK_PYTHON"
  exit
fi
prefix=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/codestral-ls-tests/production-stack}
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
stamp="$prefix/complete-$TAG"

if [ ! -e "$stamp" ]; then
  python=$(command -v python3.12 || command -v python3.13) || missing "no python3.12 on this machine"
  curl -fsSL --retry 2 --max-time 120 -o "$prefix/source.tar.gz" "$SOURCE" 2> /dev/null ||
    missing "it is not on PyPI, and $SOURCE cannot be reached"
  rm -rf "$prefix/venv" "$prefix"/complete-*
  "$python" -m venv "$prefix/venv" >&2 || missing "python3.12 -m venv failed"
  SETUPTOOLS_SCM_PRETEND_VERSION=${TAG##*-} \
    "$prefix/venv/bin/pip" install -q "$prefix/source.tar.gz" >&2 || missing "pip could not install it"
  touch "$stamp"
fi
echo "$prefix/venv/bin/python"
