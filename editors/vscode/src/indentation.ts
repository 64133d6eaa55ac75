// What the editor indents by. The server goes by it where a file shows nothing yet.

import * as vscode from 'vscode';
import {
  DidOpenTextDocumentNotification,
  InlineCompletionRequest,
  type MessageSignature,
} from 'vscode-languageclient/node';

interface AboutDocument {
  readonly textDocument?: { readonly uri?: string };
}

/** A document that is opened, or a request for completions, with what it is indented by; any other
 * message as it is. */
export function withIndentation<P>(type: string | MessageSignature, params: P): P {
  const method = typeof type === 'string' ? type : type.method;
  const asked = (params ?? {}) as AboutDocument;
  const { uri } = asked.textDocument ?? {};
  if (uri === undefined) {
    return params;
  }
  if (method === InlineCompletionRequest.method) {
    return { ...params, formattingOptions: indentation(uri) };
  }
  if (method === DidOpenTextDocumentNotification.method) {
    return {
      ...params,
      textDocument: { ...asked.textDocument, formattingOptions: indentation(uri) },
    };
  }
  return params;
}

/** A document is opened before its editor is there: then its settings count. */
function indentation(uri: string): object {
  const isIt = ({ document }: vscode.TextEditor): boolean => document.uri.toString() === uri;
  const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  const editor = editors.find((each) => each && isIt(each));
  if (editor) {
    const { tabSize, insertSpaces } = editor.options;
    return { tabSize, insertSpaces };
  }
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri);
  const settings = vscode.workspace.getConfiguration('editor', document);
  return { tabSize: settings.get('tabSize'), insertSpaces: settings.get('insertSpaces') };
}
