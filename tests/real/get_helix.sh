#!/usr/bin/env bash
# Puts Helix into a prefix outside the checkout, and prints the path of its executable. Does nothing
# when it is there.
#
#   usage: get_helix.sh [PREFIX]
#   PREFIX   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/helix
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/codestral-ls-tests/helix}
program=$prefix/bin/hx
works() { [ -x "$program" ] && "$program" --version > /dev/null 2>&1; }
if ! works; then
  "$here/debian_prefix.sh" "$prefix" hx >&2
  mkdir -p "$prefix/bin"
  cat > "$program" << RUN
#!/bin/sh
HELIX_RUNTIME="$prefix/root/usr/lib/hx/runtime"
export HELIX_RUNTIME
exec "$prefix/loader" "$prefix/root/usr/lib/hx/hx" "\$@"
RUN
  chmod +x "$program"
  works || { echo "Helix does not run" >&2; exit 1; }
fi
echo "$program"
