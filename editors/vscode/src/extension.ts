// Codestral in VS Code: finds or installs the language server, runs it, and shows its state.

import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { tellAboutOthers } from './conflicts';
import { SECTION } from './core/scopes';
import { Keys } from './keys';
import { StatusPage } from './page';
import { Service } from './service';
import { Settings } from './settings';
import { Snooze } from './snooze';
import { StatusItem } from './status';

let service: Service | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Codestral', { log: true });
  const settings = new Settings(context.extension);
  const keys = new Keys(context.secrets);
  const snooze = new Snooze(context.workspaceState);
  service = new Service(context, settings, keys, snooze, log);
  const running = service;
  keys.check = (key, host) => running.checkKey(key, host);
  const page = new StatusPage(running);
  context.subscriptions.push(
    log,
    snooze,
    running,
    page,
    new StatusItem(running, snooze),
    ...registerCommands(running, keys, snooze, page),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (settings.needsRestart(change)) {
        void running.restart();
      } else if (change.affectsConfiguration(SECTION)) {
        void running.settingsChanged();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void running.restart()),
    context.secrets.onDidChange(() => void running.restart()),
  );
  void tellAboutOthers(context.globalState);
  void running.restart();
}

export async function deactivate(): Promise<void> {
  await service?.stop();
}
