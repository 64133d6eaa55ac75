// Suggestions of codestral-ls in Monaco, over the WebSocket of `codestral-ls --ws`.
//
// No library is needed: the server speaks JSON-RPC, one message a text frame.

/**
 * Connects the editors of a page to a server. `url` is what `codestral-ls --ws` prints, token
 * included. Resolves to a function that ends the connection.
 */
export async function connect(monaco, url, { selector = '*', options = {} } = {}) {
  const server = await Server.open(url);
  await server.ask('initialize', {
    processId: null,
    rootUri: null,
    capabilities: {
      general: { positionEncodings: ['utf-16'] },
      textDocument: { inlineCompletion: {}, synchronization: {} },
    },
    clientInfo: { name: 'monaco' },
    initializationOptions: options,
  });
  server.tell('initialized', {});
  const ends = [
    follow(monaco, server),
    monaco.languages.registerInlineCompletionsProvider(selector, provider(monaco, server)),
  ];
  return () => {
    for (const end of ends) end.dispose();
    server.close();
  };
}

/** Tells the server of the page's documents, as they are and as they change. */
function follow(monaco, server) {
  const open = (model) => {
    const textDocument = { uri: `${model.uri}`, languageId: model.getLanguageId() };
    const version = model.getVersionId();
    server.tell('textDocument/didOpen', {
      textDocument: {
        ...textDocument,
        version,
        text: model.getValue(),
        formattingOptions: indentation(model),
      },
    });
    model.onDidChangeContent(({ changes, versionId }) => {
      // Monaco names the last change in the text first, so each range holds when its turn comes.
      const contentChanges = changes.map(({ range, text }) => ({ range: toLsp(range), text }));
      const edited = { uri: textDocument.uri, version: versionId };
      server.tell('textDocument/didChange', { textDocument: edited, contentChanges });
    });
    model.onWillDispose(() => {
      server.tell('textDocument/didClose', { textDocument: { uri: textDocument.uri } });
    });
  };
  monaco.editor.getModels().forEach(open);
  return monaco.editor.onDidCreateModel(open);
}

function provider(monaco, server) {
  return {
    async provideInlineCompletions(model, position, context, token) {
      const explicit =
        context.triggerKind === monaco.languages.InlineCompletionTriggerKind.Explicit;
      const asked = server.ask(
        'textDocument/inlineCompletion',
        {
          textDocument: { uri: `${model.uri}` },
          position: { line: position.lineNumber - 1, character: position.column - 1 },
          context: { triggerKind: explicit ? 1 : 2 },
          formattingOptions: indentation(model),
        },
        token,
      );
      // Cancelled, or superseded: null.
      const answer = await asked.catch(() => null);
      return { items: (answer?.items ?? []).map((item) => toMonaco(item)) };
    },
    disposeInlineCompletions() {},
    freeInlineCompletions() {},
  };
}

/** What the editor indents by, for texts that show nothing yet. */
function indentation(model) {
  const { tabSize, insertSpaces } = model.getOptions();
  return { tabSize, insertSpaces };
}

function toMonaco({ insertText, range }) {
  if (!range) return { insertText };
  const { start, end } = range;
  return {
    insertText,
    range: {
      startLineNumber: start.line + 1,
      startColumn: start.character + 1,
      endLineNumber: end.line + 1,
      endColumn: end.character + 1,
    },
  };
}

function toLsp({ startLineNumber, startColumn, endLineNumber, endColumn }) {
  return {
    start: { line: startLineNumber - 1, character: startColumn - 1 },
    end: { line: endLineNumber - 1, character: endColumn - 1 },
  };
}

class Server {
  #socket;
  #lastId = 0;
  #waiting = new Map();

  /** Rejects if the server does not take the connection. */
  static open(url) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve(new Server(socket));
      socket.onerror = () => reject(new Error('codestral-ls does not take the connection'));
    });
  }

  constructor(socket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the server is gone'));
      this.#waiting.clear();
    };
  }

  tell(method, params) {
    this.#send({ method, params });
  }

  ask(method, params, token) {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#send({ id, method, params });
    token?.onCancellationRequested(() => this.tell('$/cancelRequest', { id }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  close() {
    this.#socket.close();
  }

  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
    }
  }

  #take({ id, method, params, result, error }) {
    if (method === 'window/showMessage') {
      console.warn(`codestral-ls: ${params.message}`);
    } else if (method && id !== undefined) {
      this.#send({ id, result: null });
    } else if (this.#waiting.has(id)) {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      error ? reject(new Error(error.message)) : resolve(result);
    }
  }
}
