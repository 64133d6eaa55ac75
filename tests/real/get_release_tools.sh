#!/usr/bin/env bash
# Puts what builds, checks and installs a release into an environment outside the checkout, and prints
# the path of its programs. Does nothing when it is there; half a minute from nothing, 100 MB.
#
#   usage: get_release_tools.sh [PREFIX]
#   PREFIX       default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/release
. "$(dirname "$0")/getting.sh"
TOOLS=(build==1.6.1 twine==7.0.0 pipx==1.18.4 uv==0.13.9 hatchling==1.33.0)

set_prefix release "${1:-}"
stamp="$prefix/complete-$(IFS=-; echo "${TOOLS[*]}")"

if [ ! -e "$stamp" ]; then
  make_venv python3
  "$prefix/venv/bin/pip" install -q "${TOOLS[@]}" >&2 || missing "pip could not fetch ${TOOLS[*]}"
  touch "$stamp"
fi
echo "$prefix/venv/bin"
