#!/usr/bin/env bash
# Puts LiteLLM's proxy into an environment outside the checkout, and prints the path of its Python.
# Does nothing when it is there; a minute or two from nothing, 600 MB.
#
#   usage: get_litellm.sh [PREFIX]
#   LITELLM_PYTHON  a Python that imports litellm.proxy, to use instead of fetching one
#   PREFIX          default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/litellm
. "$(dirname "$0")/getting.sh"
LITELLM=1.108.7

if [ -n "${LITELLM_PYTHON:-}" ]; then
  echo "$LITELLM_PYTHON"
  exit
fi
set_prefix litellm "${1:-}"
stamp="$prefix/complete-$LITELLM"

if [ ! -e "$stamp" ]; then
  make_venv python3.11 python3.12 python3
  uv_install "litellm[proxy]==$LITELLM"
  touch "$stamp"
fi
echo "$prefix/venv/bin/python"
