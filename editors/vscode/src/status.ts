// The item in the status bar: whether suggestions come, what answers, and the menu behind it.

import * as vscode from 'vscode';
import { type Face, face, SLOW_MS } from './core/face';
import { breakable } from './core/prose';
import type { Status } from './core/protocol';
import { summary } from './core/report';
import type { Service } from './service';
import { value } from './settings';
import type { Snooze } from './snooze';

// An answer changes the counters; a pause in the typing is soon enough to ask for them.
const REFRESH_AFTER_MS = 300;
const REFRESH_EVERY_MS = 10_000;
// While the hover counts the seconds until the provider is asked again.
const COUNT_EVERY_MS = 1_000;

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[];
  private readonly refreshing: NodeJS.Timeout;
  private soon: NodeJS.Timeout | undefined;
  private slow: NodeJS.Timeout | undefined;
  private counting: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Service,
    private readonly snooze: Snooze,
  ) {
    this.item = vscode.window.createStatusBarItem(
      'codestral',
      vscode.StatusBarAlignment.Right,
      100,
    );
    this.item.name = 'Codestral';
    this.item.command = 'codestral.menu';
    const show = (): void => this.show();
    this.subscriptions = [
      this.item,
      service.onChange(() => this.follow()),
      snooze.onChange(show),
      vscode.window.onDidChangeActiveTextEditor(show),
      vscode.workspace.onDidChangeConfiguration(show),
      vscode.workspace.onDidGrantWorkspaceTrust(show),
    ];
    this.refreshing = setInterval(() => {
      if (vscode.window.state.focused) {
        void this.service.refresh();
        this.show(); // the snooze's minutes
      }
    }, REFRESH_EVERY_MS);
    this.show();
    this.item.show();
  }

  private follow(): void {
    clearTimeout(this.slow);
    const { waitingSince } = this.service;
    if (waitingSince !== undefined) {
      this.slow = setTimeout(() => this.show(), waitingSince + SLOW_MS - Date.now());
    } else if (this.service.phase === 'running') {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => void this.service.refresh(), REFRESH_AFTER_MS);
    }
    this.show();
  }

  private show(): void {
    clearTimeout(this.counting);
    const { until } = this.service.status ?? {};
    if (until && Date.parse(until) > Date.now()) {
      this.counting = setTimeout(() => this.show(), COUNT_EVERY_MS);
    }
    const { icon, headline, suffix, warns } = this.face();
    this.item.text = `$(${icon}) Codestral${suffix ? ` ${suffix}` : ''}`;
    this.item.backgroundColor = warns
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.item.tooltip = hover(headline, this.service.status);
    this.item.accessibilityInformation = { label: `Codestral: ${headline}` };
  }

  private face(): Face {
    const { phase, problem, status, waitingSince } = this.service;
    const language = vscode.window.activeTextEditor?.document.languageId ?? '';
    const disabled = value<string[]>('disabledLanguages', []).includes(language);
    return face({
      phase,
      problem: problem?.message,
      status,
      waitingSince,
      snoozedUntil: this.snooze.until,
      disabledLanguage: disabled ? language : undefined,
      inlineSuggestEnabled: vscode.workspace
        .getConfiguration('editor')
        .get('inlineSuggest.enabled', true),
      now: Date.now(),
    });
  }

  dispose(): void {
    clearInterval(this.refreshing);
    clearTimeout(this.soon);
    clearTimeout(this.slow);
    clearTimeout(this.counting);
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}

/** The texts of others are appended as text, so that none of them becomes a link. */
function hover(headline: string, status: Status | undefined): vscode.MarkdownString {
  const shown = new vscode.MarkdownString('', true);
  shown.isTrusted = {
    enabledCommands: ['codestral.setApiKey', 'codestral.explain', 'codestral.showStatus'],
  };
  const paragraph = (text: string): unknown =>
    shown
      .appendMarkdown(breakable(new vscode.MarkdownString().appendText(text).value))
      .appendMarkdown('\n\n');
  shown.appendMarkdown('**Codestral**\n\n');
  paragraph(headline);
  const { isTrusted } = vscode.workspace;
  if (status) {
    const { lastError, message, provider, host, model } = status;
    const embedded = provider === 'workspace';
    if (lastError && !message.startsWith(lastError.message)) {
      paragraph(`Last error: ${lastError.message}`);
    }
    paragraph(`Provider ${provider}${host ? ` at ${host}` : ', on this machine only'}`);
    if (!embedded) {
      paragraph(`Model ${model}`);
    }
    paragraph(summary(status.counters));
    if (embedded && isTrusted) {
      shown.appendMarkdown('[Set an API key](command:codestral.setApiKey) to use Codestral\n\n');
    }
    if (!isTrusted) {
      paragraph('This folder is not trusted, so nothing leaves this machine.');
    }
  }
  return shown.appendMarkdown(
    '[Why is there no suggestion?](command:codestral.explain) · [Status](command:codestral.showStatus)',
  );
}
