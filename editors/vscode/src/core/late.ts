// Answers that come after VS Code stopped listening.
//
// With its default settings VS Code waits 750 ms for an automatic suggestion. Then it cancels the
// request, opens its popup, and does not ask again. While document and cursor stay as they are, the
// request goes on here, its answer is kept, and VS Code is made to ask again, which the kept answer
// satisfies. Where the popup has entries the user is choosing among them, and a late answer is
// dropped; so it is where another question took the place of this one.

// biome-ignore lint/style/noRestrictedImports: only types, of which nothing is loaded at run time.
import type * as vscode from 'vscode';

export type Answer = vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined;
export type Ask = (
  document: vscode.TextDocument,
  position: vscode.Position,
  context: vscode.InlineCompletionContext,
  token: vscode.CancellationToken,
) => vscode.ProviderResult<vscode.InlineCompletionItem[] | vscode.InlineCompletionList>;

/** What is needed of the editor. */
export interface Editor {
  /** Whether the user is in this document, with the cursor there. */
  isAt(document: vscode.TextDocument, position: vscode.Position): boolean;
  /** Makes the editor ask again. */
  trigger(): PromiseLike<unknown>;
  newCancellation(): vscode.CancellationTokenSource;
}

// An edit cancels the request too, and is announced a few milliseconds after that.
const EDIT_FOLLOWS_WITHIN_MS = 30;
// VS Code asks once it has done with the question before, and not before its command has ended.
const ASKS_WITHIN_MS = 1000;

export class LateAnswers {
  private kept: { place: string; answer: Answer } | undefined;
  private popupAt: string | undefined;
  private questions = 0;
  /** Where VS Code was made to ask, and has not yet. */
  private own: { place: string; until: number }[] = [];

  constructor(private readonly editor: Editor) {}

  /**
   * Whether a question that looks like the user's is one that VS Code was made to ask. Each is taken
   * once, so that the user's next one is the user's.
   */
  takeOwn(document: vscode.TextDocument, position: vscode.Position): boolean {
    const place = placeOf(document, position);
    const index = this.own.findIndex((one) => one.place === place && Date.now() < one.until);
    this.own = this.own.filter((one, at) => at !== index && Date.now() < one.until);
    return index !== -1;
  }

  /** Asks, and has the answer shown even if it is late. */
  async ask(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    next: Ask,
  ): Promise<Answer> {
    this.questions += 1;
    const { questions: number } = this;
    const { version } = document;
    const place = placeOf(document, position);
    if (context.selectedCompletionInfo) {
      this.popupAt = place;
      return next(document, position, context, token);
    }
    const { kept } = this;
    this.kept = undefined;
    if (kept?.place === place) {
      return kept.answer;
    }
    const stays = (): boolean =>
      document.version === version && this.editor.isAt(document, position);
    const own = this.editor.newCancellation();
    token.onCancellationRequested(() =>
      setTimeout(() => stays() || own.cancel(), EDIT_FOLLOWS_WITHIN_MS),
    );
    const answer = await next(document, position, context, own.token);
    const late = token.isCancellationRequested && !own.token.isCancellationRequested;
    const isLast = number === this.questions;
    if (late && isLast && stays() && this.popupAt !== place && hasItems(answer)) {
      this.kept = { place, answer };
      this.own.push({ place, until: Date.now() + ASKS_WITHIN_MS });
      await this.editor.trigger();
    }
    return answer;
  }
}

function placeOf(document: vscode.TextDocument, position: vscode.Position): string {
  return `${document.uri} ${document.version} ${position.line}:${position.character}`;
}

export function hasItems(answer: Answer): boolean {
  return (Array.isArray(answer) ? answer : (answer?.items ?? [])).length > 0;
}
