// The status as a page that can be read, searched and pasted into a report.

import * as vscode from 'vscode';
import type { Service } from './service';
import { counted } from './status';

const PAGE = vscode.Uri.parse('codestral-status:/Codestral status');

export class StatusPage implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly service: Service) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(PAGE.scheme, this),
      service.onChange(() => this.changed.fire(PAGE)),
    ];
  }

  async open(): Promise<void> {
    await this.service.refresh();
    const document = await vscode.workspace.openTextDocument(PAGE);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  provideTextDocumentContent(): string {
    const { status, phase, problem, program } = this.service;
    const lines: [string, string | undefined][] = [
      ['server', program ? `${[program.command, ...program.args].join(' ')}` : undefined],
      ['found in', program?.origin],
      ['process', problem?.message ?? phase],
    ];
    if (status) {
      lines.push(
        ['version', status.version],
        ['state', status.until ? `${status.state} until ${status.until}` : status.state],
        ['provider', status.provider],
        ['host', status.host || 'none: nothing leaves this machine'],
        ['model', status.model],
        ['last error', status.lastError ? `${status.lastError.message} (${status.lastError.at})` : 'none'],
        ['in short', counted(status.counters)],
        ...Object.entries(status.counters).map(([name, count]): [string, string] => [`  ${name}`, `${count}`]),
      );
    }
    const width = Math.max(...lines.map(([name]) => name.length));
    return lines.map(([name, said]) => `${name.padEnd(width)}  ${said ?? ''}`.trimEnd()).join('\n') + '\n';
  }

  dispose(): void {
    this.subscriptions.forEach((subscription) => subscription.dispose());
    this.changed.dispose();
  }
}
