// The box that asks for an API key, has its host checked, and says what the host said.

import * as vscode from 'vscode';
import { keyProblem } from './core/credentials';
import { type KeyCheck, verdict } from './core/keycheck';
import { withoutLinks } from './core/notice';

// Long enough to read that the key is accepted.
const OUTCOME_SHOWN_MS = 1_200;

const ANYWAY: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('save'),
  tooltip: 'Store anyway',
};

export class KeyBox {
  private readonly box = vscode.window.createInputBox();
  /** A key whose host could not be asked; Enter stores it all the same. */
  private unchecked: string | undefined;
  private resolve: (key: string | undefined) => void = () => undefined;

  constructor(
    host: string,
    private readonly check: (key: string) => Promise<KeyCheck | undefined>,
  ) {
    const { box } = this;
    box.title = host ? `API key for ${host}` : 'API key for Codestral';
    box.prompt = host
      ? `The key is sent to ${host} only.`
      : 'Get a key at console.mistral.ai. It is sent to Mistral only.';
    box.password = true;
    box.ignoreFocusOut = true;
    box.onDidChangeValue((text) => this.changed(text));
    box.onDidTriggerButton(() => this.end(this.unchecked));
    box.onDidAccept(() => this.accept(box.value.trim()));
    box.onDidHide(() => {
      this.resolve(undefined);
      box.dispose();
    });
  }

  /** A key that its host accepts, or that the user wants stored unchecked. */
  ask(): Promise<string | undefined> {
    this.box.show();
    return new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  private changed(text: string): void {
    this.box.validationMessage = keyProblem(text);
    this.box.buttons = [];
    this.unchecked = undefined;
  }

  private async accept(key: string): Promise<void> {
    if (key && key === this.unchecked) {
      this.end(key);
    } else if (key && !keyProblem(key)) {
      await this.ascertain(key);
    }
  }

  private async ascertain(key: string): Promise<void> {
    const { box } = this;
    box.busy = true;
    box.enabled = false;
    const { message, stores, offersAnyway } = verdict(await this.check(key));
    box.busy = false;
    box.enabled = true;
    const { Info, Warning } = vscode.InputBoxValidationSeverity;
    box.validationMessage = { message: withoutLinks(message), severity: stores ? Info : Warning };
    this.unchecked = offersAnyway ? key : undefined;
    box.buttons = offersAnyway ? [ANYWAY] : [];
    if (stores) {
      setTimeout(() => this.end(key), OUTCOME_SHOWN_MS);
    }
  }

  private end(key: string | undefined): void {
    this.resolve(key);
    this.box.hide();
  }
}
