#!/usr/bin/env bash
# Puts vLLM's router into an environment outside the checkout, and prints the path of its Python. Does
# nothing when it is there; half a minute from nothing, 100 MB.
#
#   usage: get_vllm_router.sh [PREFIX]
#   VLLM_ROUTER_PYTHON  a Python that imports vllm_router, to use instead of fetching one
#   PREFIX              default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/vllm-router
. "$(dirname "$0")/getting.sh"
ROUTER=vllm-router==0.1.17

if [ -n "${VLLM_ROUTER_PYTHON:-}" ]; then
  echo "$VLLM_ROUTER_PYTHON"
  exit
fi
set_prefix vllm-router "${1:-}"
stamp="$prefix/complete-$ROUTER"

if [ ! -e "$stamp" ]; then
  make_venv python3.11 python3.12 python3
  "$prefix/venv/bin/pip" install -q "$ROUTER" >&2 || missing "pip could not fetch $ROUTER"
  touch "$stamp"
fi
echo "$prefix/venv/bin/python"
