#!/usr/bin/env bash
# Prints a Chromium: the one in CHROMIUM, or the distribution's, which root gets by apt where there is
# none.
. "$(dirname "$0")/getting.sh"

find_chromium() {
  local candidate
  for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$candidate" ] && command -v "$candidate" && return
  done
  return 1
}

if ! find_chromium > /dev/null; then
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null ||
    missing "no Chromium on this machine, and no root to install it: set CHROMIUM"
  { apt-get -q update && apt-get -q install -y --no-install-recommends chromium; } >&2 ||
    missing "apt-get install chromium failed"
fi
find_chromium
