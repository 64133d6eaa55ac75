// Messages on screen. All go through here, so that none shows a link that its text brought along.

import * as vscode from 'vscode';
import { type Action, type Severity, withoutLinks } from './core/notice';

const SHOW = {
  error: vscode.window.showErrorMessage,
  warning: vscode.window.showWarningMessage,
  information: vscode.window.showInformationMessage,
};

// Long enough to read two sentences.
const BRIEFLY_MS = 8_000;

/** Shows a line at the lower edge, for a while or until the user goes on. */
export function tellBriefly(line: string): void {
  const shown = [vscode.window.setStatusBarMessage(line)];
  const end = (): void => vscode.Disposable.from(...shown).dispose();
  shown.push(
    vscode.window.onDidChangeTextEditorSelection(end),
    vscode.window.onDidChangeActiveTextEditor(end),
    new vscode.Disposable(clearTimeout.bind(undefined, setTimeout(end, BRIEFLY_MS))),
  );
}

/** Shows a message with one button for each action. Does not wait: a message may stay for hours. */
export function tell(severity: Severity, message: string, ...actions: readonly Action[]): void {
  const shown: Thenable<Action | undefined> = SHOW[severity](withoutLinks(message), ...actions);
  void shown.then(
    (chosen) =>
      chosen && vscode.commands.executeCommand(chosen.command, ...(chosen.arguments ?? [])),
  );
}
