#!/usr/bin/env bash
# Puts Monaco and a bundler into a folder outside the checkout, and prints that folder. Does nothing
# when they are there; about ten seconds from nothing.
#
#   usage: get_monaco.sh [PREFIX]
#   PREFIX   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/monaco
#
# Exit status 3: something cannot be had here; the last line of stderr says what.
set -euo pipefail
MONACO_VERSION=0.57.0 ESBUILD_VERSION=0.28.2

missing() { echo "$1" >&2; exit 3; }

prefix=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/codestral-ls-tests/monaco}
stamp="$prefix/complete-$MONACO_VERSION-$ESBUILD_VERSION"
if [ ! -e "$stamp" ]; then
  command -v npm > /dev/null || missing "no npm on this machine"
  rm -rf "$prefix"
  mkdir -p "$prefix"
  echo '{"private": true, "type": "module"}' > "$prefix/package.json"
  cd "$prefix"
  npm install --ignore-scripts --no-audit --no-fund --loglevel=error --save-exact \
    "monaco-editor@$MONACO_VERSION" "esbuild@$ESBUILD_VERSION" >&2 ||
    missing "npm could not fetch monaco-editor"
  touch "$stamp"
fi
echo "$prefix"
