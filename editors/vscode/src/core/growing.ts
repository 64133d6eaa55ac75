// Suggestions that grow.
//
// The server answers with the first whole statement and tells when there is more of it. VS Code does
// not ask twice at one place, unless it is another provider that it asks; and what it replaces then
// it replaces in one go. So the editor is given a provider for that one question (`askAgain`). The
// server answers it from memory, with a text that begins with what is shown.

// biome-ignore lint/style/noRestrictedImports: only types, of which nothing is loaded at run time.
import type * as vscode from 'vscode';
import type { More } from './protocol';

/** What is needed of the editor. */
export interface Screen {
  /** Whether the user is in this document, with the cursor there. */
  isAt(document: vscode.TextDocument, position: vscode.Position): boolean;
  /** Makes the editor ask again in this document, and show what it gets; false if it did not. */
  askAgain(document: vscode.TextDocument): PromiseLike<boolean>;
  /** Whether a suggestion grows, for the key that takes it away. */
  setGrowing(grows: boolean): unknown;
}

const TRIES = 3;
const TRIES_AFTER_MS = 100;

interface Place {
  readonly document: vscode.TextDocument;
  readonly version: number;
  readonly position: vscode.Position;
}

export class Growing {
  /** Where the last suggestion was shown. */
  private shown: Place | undefined;
  /** More is there than the answer that is under way may have. */
  private wanted = false;

  constructor(private readonly screen: Screen) {}

  /** An answer with suggestions was given to the editor. */
  answered(document: vscode.TextDocument, position: vscode.Position): void {
    this.shown = { document, version: document.version, position };
    if (this.wanted) {
      void this.ask();
    }
  }

  /** The server has news of a suggestion in the document with this address. */
  async more(news: More, addressOf: (document: vscode.TextDocument) => string): Promise<void> {
    const about = this.shown && addressOf(this.shown.document) === news.textDocument.uri;
    if (about || !this.shown) {
      this.screen.setGrowing(!news.done);
    }
    if (about && news.ready) {
      await this.ask();
    }
  }

  /** The user does not want the suggestion. */
  dismiss(): void {
    this.shown = undefined;
    this.wanted = false;
    this.screen.setGrowing(false);
  }

  /**
   * Tries again where the editor did not ask, or has not yet told where the cursor is. Not one at a
   * time: the editor never says what became of a question that a key outran.
   */
  private async ask(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { shown } = this;
      this.wanted = shown !== undefined && !this.stays(shown);
      if (!shown || (!this.wanted && (await this.screen.askAgain(shown.document)))) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, TRIES_AFTER_MS));
      if (this.wanted && this.shown !== shown) {
        return; // The answer for another place has what there is, or its own question.
      }
    }
  }

  private stays({ document, version, position }: Place): boolean {
    return document.version === version && this.screen.isAt(document, position);
  }
}
