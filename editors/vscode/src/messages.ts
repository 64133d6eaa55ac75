// Messages on screen. All go through here, so that none shows a link that its text brought along.

import * as vscode from 'vscode';
import { type Action, type Severity, withoutLinks } from './core/notice';

const SHOW = {
  error: vscode.window.showErrorMessage,
  warning: vscode.window.showWarningMessage,
  information: vscode.window.showInformationMessage,
};

/** Shows a message with one button for each action. Does not wait: a message may stay for hours. */
export function tell(severity: Severity, message: string, ...actions: readonly Action[]): void {
  const shown: Thenable<Action | undefined> = SHOW[severity](withoutLinks(message), ...actions);
  void shown.then(
    (chosen) =>
      chosen && vscode.commands.executeCommand(chosen.command, ...(chosen.arguments ?? [])),
  );
}
