#!/usr/bin/env bash
# Puts the router of vLLM's production-stack into an environment outside the checkout, and prints the path
# of its Python. Does nothing when it is there; a minute from nothing, 200 MB. It is not on PyPI, where
# the name vllm-router is another program's.
#
#   usage: get_production_stack.sh [PREFIX]
#   PRODUCTION_STACK_PYTHON  a Python that imports it as vllm_router, to use instead of fetching one
#   PREFIX                   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/production-stack
. "$(dirname "$0")/getting.sh"
TAG=vllm-stack-0.1.12
SOURCE=https://github.com/vllm-project/production-stack/archive/refs/tags/$TAG.tar.gz

if [ -n "${PRODUCTION_STACK_PYTHON:-}" ]; then
  echo "$PRODUCTION_STACK_PYTHON"
  exit
fi
set_prefix production-stack "${1:-}"
stamp="$prefix/complete-$TAG"

if [ ! -e "$stamp" ]; then
  curl -fsSL --retry 2 --max-time 120 -o "$prefix/source.tar.gz" "$SOURCE" 2> /dev/null ||
    missing "it is not on PyPI, and $SOURCE cannot be reached"
  make_venv python3.12 python3.13
  SETUPTOOLS_SCM_PRETEND_VERSION=${TAG##*-} \
    "$prefix/venv/bin/pip" install -q "$prefix/source.tar.gz" >&2 || missing "pip could not install it"
  touch "$stamp"
fi
echo "$prefix/venv/bin/python"
