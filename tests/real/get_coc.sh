#!/usr/bin/env bash
# Puts coc.nvim, as it is released, into a folder outside the checkout, and prints that folder. (The
# package of its name at npm has its types only.)
#
#   usage: get_coc.sh [PREFIX]
#   COC_NVIM   a built coc.nvim to use instead of fetching one
#   PREFIX     default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/coc
. "$(dirname "$0")/getting.sh"
# The branch "release", which has the built file, on 22 August 2026.
commit=a55fc36bc5aa089ebe0267644fc2113d2884f585

set_prefix coc "${1:-}"
for candidate in "${COC_NVIM:-}" "$prefix/$commit"; do
  if [ -n "$candidate" ] && [ -e "$candidate/build/index.js" ]; then
    echo "$candidate"
    exit
  fi
done

aside="$prefix/fetching.$$"
trap 'rm -rf "$aside"' EXIT
mkdir -p "$aside"
git -C "$aside" init -q
GIT_TERMINAL_PROMPT=0 timeout 60 git -C "$aside" fetch -q --depth 1 \
  https://github.com/neoclide/coc.nvim "$commit" 2> /dev/null ||
  missing "GitHub cannot be reached: set COC_NVIM"
git -C "$aside" checkout -q FETCH_HEAD
mv -T "$aside" "$prefix/$commit"
echo "$prefix/$commit"
