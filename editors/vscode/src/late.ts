// Answers that come after VS Code stopped listening.
//
// With its default settings VS Code waits 750 ms for an automatic suggestion; then it cancels, opens
// its popup, and does not ask again. While document and cursor stay as they are, the request runs on
// here, its answer is kept, and VS Code is made to ask again, which the kept answer satisfies. Where
// the popup has entries the user is choosing among them, and the late answer is let go.

import * as vscode from 'vscode';

type Answer = vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined;
type Ask = (
  document: vscode.TextDocument,
  position: vscode.Position,
  context: vscode.InlineCompletionContext,
  token: vscode.CancellationToken,
) => vscode.ProviderResult<vscode.InlineCompletionItem[] | vscode.InlineCompletionList>;

// An edit cancels the request too, and is announced a few milliseconds after that.
const EDIT_FOLLOWS_WITHIN_MS = 30;

export class LateAnswers {
  private kept: { place: string; answer: Answer } | undefined;
  private popupAt: string | undefined;

  /** Asks, and sees to it that an answer that is late is shown nevertheless. */
  async ask(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    next: Ask,
  ): Promise<Answer> {
    const version = document.version;
    const place = `${document.uri} ${version} ${position.line}:${position.character}`;
    if (context.selectedCompletionInfo) {
      this.popupAt = place;
      return next(document, position, context, token);
    }
    const { kept } = this;
    this.kept = undefined;
    if (kept?.place === place) {
      return kept.answer;
    }
    const stays = (): boolean => {
      const editor = vscode.window.activeTextEditor;
      return (
        editor?.document === document &&
        document.version === version &&
        editor.selection.active.isEqual(position)
      );
    };
    const own = new vscode.CancellationTokenSource();
    token.onCancellationRequested(() =>
      setTimeout(() => stays() || own.cancel(), EDIT_FOLLOWS_WITHIN_MS),
    );
    const answer = await next(document, position, context, own.token);
    const late = token.isCancellationRequested && !own.token.isCancellationRequested;
    if (late && stays() && this.popupAt !== place && nonEmpty(answer)) {
      this.kept = { place, answer };
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
    }
    return answer;
  }
}

function nonEmpty(answer: Answer): boolean {
  return (Array.isArray(answer) ? answer : (answer?.items ?? [])).length > 0;
}
