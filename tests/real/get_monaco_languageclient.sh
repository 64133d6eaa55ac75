#!/usr/bin/env bash
# Puts monaco-languageclient, bundled as a module for a page, into a folder outside the checkout, and
# prints that folder. Does nothing when it is there; a few minutes from nothing, most of them vite's.
#
#   usage: get_monaco_languageclient.sh [PREFIX]
#   PREFIX   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/monaco-languageclient
. "$(dirname "$0")/getting.sh"
CLIENT_VERSION=10.7.0 VITE_VERSION=7.3.8

set_prefix monaco-languageclient "${1:-}"
stamp="$prefix/complete-$CLIENT_VERSION-$VITE_VERSION"
if [ ! -e "$stamp" ]; then
  npm_install "monaco-languageclient@$CLIENT_VERSION" "vite@$VITE_VERSION"
  cd "$prefix"
  # What a page and the recipe import, by the names that they import it from.
  cat > client.js << 'JS'
export { EditorApp } from 'monaco-languageclient/editorApp';
export { MonacoLanguageClient } from 'monaco-languageclient';
export { MonacoVscodeApiWrapper } from 'monaco-languageclient/vscodeApiWrapper';
export { configureDefaultWorkerFactory } from 'monaco-languageclient/workerFactory';
export { ProposedFeatures } from 'vscode-languageclient/browser.js';
export { toSocket, WebSocketMessageReader, WebSocketMessageWriter } from 'vscode-ws-jsonrpc';
JS
  # Nothing is left out or made smaller: that would take most of the time.
  cat > vite.config.js << 'JS'
const output = { entryFileNames: '[name].js', assetFileNames: '[name][extname]' };
const input = { input: 'client.js', preserveEntrySignatures: 'strict', treeshake: false, output };
const build = { target: 'esnext', minify: false, reportCompressedSize: false, cssCodeSplit: false };
export default {
  base: './',
  logLevel: 'warn',
  worker: { format: 'es' },
  build: { ...build, modulePreload: false, rollupOptions: input },
};
JS
  node node_modules/vite/bin/vite.js build >&2
  touch "$stamp"
fi
echo "$prefix/dist"
