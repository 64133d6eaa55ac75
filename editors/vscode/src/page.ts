// The status as a read-only page in an editor tab.

import * as vscode from 'vscode';
import { report } from './core/report';
import type { Service } from './service';

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
    const { phase, problem, program, status } = this.service;
    return report({ phase, problem: problem?.message, program, status });
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed).dispose();
  }
}
