#!/usr/bin/env bash
# Puts a Neovim with inline completion (0.12 or newer) into a prefix outside the checkout, and prints
# the path of its executable. Does nothing when it is there; about ten seconds from nothing.
#
#   usage: get_nvim.sh [PREFIX]
#   NVIM_BIN   an executable to use instead of fetching one
#   PREFIX     default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/nvim
. "$(dirname "$0")/getting.sh"
least=0.12

version() { "$1" --version 2> /dev/null | sed -n '1s/^NVIM v//p'; }
new_enough() {
  local found
  found=$(version "$1") && [ -n "$found" ] &&
    [ "$(printf '%s\n' "$least" "$found" | sort -V | head -1)" = "$least" ]
}

set_prefix nvim "${1:-}"
for candidate in "${NVIM_BIN:-}" "$prefix/bin/nvim" "$(command -v nvim || true)"; do
  if [ -n "$candidate" ] && new_enough "$candidate"; then
    echo "$candidate"
    exit
  fi
done

get_from_debian neovim
mkdir -p "$prefix/bin"
cat > "$prefix/bin/nvim" << RUN
#!/bin/sh
VIMRUNTIME="$prefix/root/usr/share/nvim/runtime"
export VIMRUNTIME
exec "$prefix/loader" "$prefix/root/usr/bin/nvim" "\$@"
RUN
chmod +x "$prefix/bin/nvim"
new_enough "$prefix/bin/nvim" || missing "Neovim $(version "$prefix/bin/nvim") < $least"
echo "$prefix/bin/nvim"
