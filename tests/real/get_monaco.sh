#!/usr/bin/env bash
# Puts Monaco and a bundler into a folder outside the checkout, and prints that folder. Does nothing
# when they are there; about ten seconds from nothing.
#
#   usage: get_monaco.sh [PREFIX]
#   PREFIX   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/monaco
. "$(dirname "$0")/getting.sh"
MONACO_VERSION=0.57.0 ESBUILD_VERSION=0.28.2

set_prefix monaco "${1:-}"
stamp="$prefix/complete-$MONACO_VERSION-$ESBUILD_VERSION"
if [ ! -e "$stamp" ]; then
  npm_install "monaco-editor@$MONACO_VERSION" "esbuild@$ESBUILD_VERSION"
  touch "$stamp"
fi
echo "$prefix"
