#!/usr/bin/env bash
# Puts Helix into a prefix outside the checkout, and prints the path of its executable. Does nothing
# when it is there.
#
#   usage: get_helix.sh [PREFIX]
#   PREFIX   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/helix
. "$(dirname "$0")/getting.sh"
set_prefix helix "${1:-}"
program=$prefix/bin/hx
works() { [ -x "$program" ] && "$program" --version > /dev/null 2>&1; }
if ! works; then
  get_from_debian hx
  mkdir -p "$prefix/bin"
  cat > "$program" << RUN
#!/bin/sh
HELIX_RUNTIME="$prefix/root/usr/lib/hx/runtime"
export HELIX_RUNTIME
exec "$prefix/loader" "$prefix/root/usr/lib/hx/hx" "\$@"
RUN
  chmod +x "$program"
  works || missing "Helix does not run"
fi
echo "$program"
