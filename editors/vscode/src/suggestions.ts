// The suggestions that the editor asks for and shows.

import * as vscode from 'vscode';
import { Growing, type Screen } from './core/growing';
import { type Answer, type Ask, type Editor, hasItems, LateAnswers } from './core/late';
import type { More } from './core/protocol';
import type { Snooze } from './snooze';

/** What is needed of the connection to the server. */
interface Connection {
  /** What answers the editor in a document; undefined while no server runs. */
  provider(document: vscode.TextDocument): vscode.InlineCompletionItemProvider | undefined;
  /** One request more waits for the server, or one less. */
  count(change: 1 | -1): void;
  /** Tells the user why there is no suggestion in a place. */
  sayWhy(document: vscode.TextDocument, position: vscode.Position): void;
}

const EDITOR: Editor = {
  isAt,
  trigger: () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'),
  newCancellation: () => new vscode.CancellationTokenSource(),
};

export class Suggestions {
  private readonly late = new LateAnswers(EDITOR);
  private readonly growing = new Growing(this.screen());

  constructor(
    private readonly extensionId: string,
    private readonly snooze: Snooze,
    private readonly connection: Connection,
  ) {}

  /** Answers the editor's question, for which `next` asks the server. */
  async provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    given: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    next: Ask,
  ): Promise<Answer> {
    const context = this.meant(document, position, given);
    const automatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
    if ((automatic && this.snooze.until) || hasSeveralCursors(document)) {
      return undefined;
    }
    this.connection.count(1);
    try {
      const answer = await this.late.ask(document, position, context, token, next);
      if (!token.isCancellationRequested) {
        if (hasItems(answer)) {
          this.growing.answered(document, position);
        } else if (!automatic) {
          this.connection.sayWhy(document, position);
        }
      }
      return answer;
    } finally {
      this.connection.count(-1);
    }
  }

  /** The server has news of a suggestion in the document with this address. */
  async grew(news: More, addressOf: (document: vscode.TextDocument) => string): Promise<void> {
    await this.growing.more(news, addressOf);
  }

  /** Takes the suggestion off the screen, also if more of it is coming. */
  async dismiss(): Promise<void> {
    this.growing.dismiss();
    await vscode.commands.executeCommand('editor.action.inlineSuggest.hide');
  }

  /** A question that VS Code was made to ask is no request of the user's, as which it comes. */
  private meant(
    document: vscode.TextDocument,
    position: vscode.Position,
    given: vscode.InlineCompletionContext,
  ): vscode.InlineCompletionContext {
    const { Automatic } = vscode.InlineCompletionTriggerKind;
    const isOwn = given.triggerKind !== Automatic && this.late.takeOwn(document, position);
    return isOwn ? { ...given, triggerKind: Automatic } : given;
  }

  private screen(): Screen {
    return {
      isAt,
      askAgain: async (document) => {
        const provider = this.connection.provider(document);
        if (!provider) {
          return true;
        }
        let asked = false;
        const once: vscode.InlineCompletionItemProvider = {
          provideInlineCompletionItems: (...question) => {
            asked = true;
            return provider.provideInlineCompletionItems(...question);
          },
        };
        const { scheme } = document.uri;
        const registered = vscode.languages.registerInlineCompletionItemProvider({ scheme }, once);
        const providerId = `${this.extensionId}:*`;
        try {
          await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger', {
            providerId,
            explicit: false,
          });
        } finally {
          registered.dispose();
        }
        return asked;
      },
      setGrowing: (grows) =>
        vscode.commands.executeCommand('setContext', 'codestral.growing', grows),
    };
  }
}

/** Whether the user is in this document, with the cursor there. */
export function isAt(document: vscode.TextDocument, position: vscode.Position): boolean {
  const editor = vscode.window.activeTextEditor;
  return editor?.document === document && editor.selection.active.isEqual(position);
}

/** With several cursors VS Code would insert one text at each, which is right at one of them. */
function hasSeveralCursors(document: vscode.TextDocument): boolean {
  const editor = vscode.window.activeTextEditor;
  return editor?.document === document && editor.selections.length > 1;
}
