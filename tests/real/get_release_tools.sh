#!/usr/bin/env bash
# Puts what builds, checks and installs a release into an environment outside the checkout, and prints
# the path of its programs. Does nothing when it is there; half a minute from nothing, 100 MB.
#
#   usage: get_release_tools.sh [PREFIX]
#   PREFIX       default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/release
#
# Exit status 3: something cannot be had here; the last line of stderr says what.
set -euo pipefail
TOOLS=(build==1.6.1 twine==7.0.0 pipx==1.18.4 uv==0.13.9 hatchling==1.33.0)

missing() { echo "$1" >&2; exit 3; }

prefix=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/codestral-ls-tests/release}
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
stamp="$prefix/complete-$(IFS=-; echo "${TOOLS[*]}")"

if [ ! -e "$stamp" ]; then
  rm -rf "$prefix/venv" "$prefix"/complete-*
  python3 -m venv "$prefix/venv" >&2 || missing "python3 -m venv failed"
  "$prefix/venv/bin/pip" install -q "${TOOLS[@]}" >&2 || missing "pip could not fetch ${TOOLS[*]}"
  touch "$stamp"
fi
echo "$prefix/venv/bin"
