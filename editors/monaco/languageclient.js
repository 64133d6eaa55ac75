// Suggestions of codestral-ls through monaco-languageclient, over the WebSocket of `codestral-ls --ws`.

import { MonacoLanguageClient } from 'monaco-languageclient';
import { ProposedFeatures } from 'vscode-languageclient/browser.js';
import { toSocket, WebSocketMessageReader, WebSocketMessageWriter } from 'vscode-ws-jsonrpc';

const INLINE_COMPLETION = 'textDocument/inlineCompletion';

/**
 * Connects the editors of a page to a server; the page's MonacoVscodeApiWrapper has been started.
 * `url` is what `codestral-ls --ws` prints, token included. Resolves to the running client.
 */
export async function connect(url, { selector = [{ scheme: 'file' }], options = {} } = {}) {
  const socket = await opened(url);
  const client = new MonacoLanguageClient({
    name: 'codestral-ls',
    clientOptions: {
      documentSelector: selector,
      initializationOptions: options,
      middleware: {
        // Its vscode-languageclient 9 counts as VS Code does, from 0; the protocol from 1.
        sendRequest: (type, params, token, next) =>
          next(type, (type.method ?? type) === INLINE_COMPLETION ? counted(params) : params, token),
      },
    },
    messageTransports: {
      reader: new WebSocketMessageReader(toSocket(socket)),
      writer: new WebSocketMessageWriter(toSocket(socket)),
    },
  });
  // `useClientWithProposedFeatures` of monaco-languageclient 10 makes them without registering them.
  client.registerFeatures(ProposedFeatures.createAll(client));
  await client.start();
  return client;
}

function counted({ context, ...params }) {
  return { ...params, context: { ...context, triggerKind: context.triggerKind + 1 } };
}

/** Rejects if the server does not take the connection. */
function opened(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error('codestral-ls does not take the connection'));
  });
}
