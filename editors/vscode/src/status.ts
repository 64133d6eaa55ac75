// The item in the status bar: who answers, how it goes, and the way to everything else.

import * as vscode from 'vscode';
import type { Service, Status } from './service';
import { value } from './settings';
import type { Snooze } from './snooze';

// Most answers come sooner; a spinner at every key would be a flicker at the edge of the eye.
const SLOW_MS = 500;
// After an answer the counters are others; a pause in the typing is soon enough to ask for them.
const REFRESH_AFTER_MS = 300;
const REFRESH_EVERY_MS = 10_000;

interface Face {
  readonly icon: string;
  /** What the hover says first. */
  readonly headline: string;
  readonly suffix?: string;
  readonly warns?: boolean;
}

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly subscriptions: vscode.Disposable[];
  private soon: NodeJS.Timeout | undefined;
  private slow: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Service,
    private readonly snooze: Snooze,
  ) {
    this.item = vscode.window.createStatusBarItem('codestral', vscode.StatusBarAlignment.Right, 100);
    this.item.name = 'Codestral';
    this.item.command = 'codestral.menu';
    const show = (): void => this.show();
    this.subscriptions = [
      service.onChange(() => this.follow()),
      snooze.onChange(show),
      vscode.window.onDidChangeActiveTextEditor(show),
      vscode.workspace.onDidChangeConfiguration(show),
      vscode.workspace.onDidGrantWorkspaceTrust(show),
    ];
    this.timers.push(
      setInterval(() => {
        if (vscode.window.state.focused) {
          void this.service.refresh();
          this.show(); // the snooze's minutes
        }
      }, REFRESH_EVERY_MS),
    );
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
    const face = this.face();
    this.item.text = `$(${face.icon}) Codestral${face.suffix ? ` ${face.suffix}` : ''}`;
    this.item.backgroundColor = face.warns
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.item.tooltip = this.hover(face.headline);
    this.item.accessibilityInformation = { label: `Codestral: ${face.headline}` };
  }

  private face(): Face {
    const { phase, problem, status, waitingSince } = this.service;
    if (phase === 'failed') {
      return { icon: 'error', headline: problem?.message ?? 'The server does not start.', warns: true };
    }
    if (phase === 'stopped') {
      return { icon: 'error', headline: 'The server is not running. Restart it from the menu.', warns: true };
    }
    if (phase === 'starting') {
      return { icon: 'loading~spin', headline: 'The server is starting.' };
    }
    const trouble = status && inTrouble(status);
    if (trouble) {
      return trouble;
    }
    const quiet = this.quiet(status);
    if (quiet) {
      return quiet;
    }
    if (waitingSince !== undefined && Date.now() - waitingSince >= SLOW_MS) {
      return { icon: 'loading~spin', headline: 'Waiting for an answer.' };
    }
    return { icon: 'sparkle', headline: status ? whoAnswers(status) : 'Ready.' };
  }

  /** Why nothing is suggested automatically, by the user's own wish. */
  private quiet(status: Status | undefined): Face | undefined {
    const { until } = this.snooze;
    if (until) {
      const minutes = Math.ceil((until.getTime() - Date.now()) / 60_000);
      const at = until.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
      return { icon: 'bell-slash', headline: `Snoozed until ${at}.`, suffix: `(${minutes} min)` };
    }
    if (status?.state === 'disabled') {
      return { icon: 'circle-slash', headline: 'Automatic suggestions are off.' };
    }
    const language = vscode.window.activeTextEditor?.document.languageId;
    if (language && value<string[]>('disabledLanguages', []).includes(language)) {
      return { icon: 'circle-slash', headline: `Automatic suggestions are off for ${language}.` };
    }
    if (!vscode.workspace.getConfiguration('editor').get('inlineSuggest.enabled', true)) {
      return { icon: 'circle-slash', headline: 'The setting editor.inlineSuggest.enabled is off.' };
    }
    return undefined;
  }

  private hover(headline: string): vscode.MarkdownString {
    const hover = new vscode.MarkdownString('', true);
    hover.isTrusted = { enabledCommands: ['codestral.setApiKey', 'codestral.explain', 'codestral.showStatus'] };
    hover.appendMarkdown('**Codestral**\n\n').appendText(headline).appendMarkdown('\n\n');
    const { status } = this.service;
    if (status) {
      if (status.lastError) {
        hover.appendText(`Last error: ${status.lastError.message}`).appendMarkdown('\n\n');
      }
      const host = status.host ? ` at ${status.host}` : ', on this machine alone';
      hover.appendText(`Provider ${status.provider}${host}`).appendMarkdown('\n\n');
      if (status.provider !== 'workspace') {
        hover.appendText(`Model ${status.model}`).appendMarkdown('\n\n');
      }
      hover.appendText(counted(status.counters)).appendMarkdown('\n\n');
      if (status.provider === 'workspace' && vscode.workspace.isTrusted) {
        hover.appendMarkdown('[Set an API key](command:codestral.setApiKey) to get Codestral\n\n');
      }
      if (!vscode.workspace.isTrusted) {
        hover.appendText('This folder is not trusted, so nothing leaves the machine.').appendMarkdown('\n\n');
      }
    }
    hover.appendMarkdown(
      '[Why did nothing come?](command:codestral.explain) · [Status](command:codestral.showStatus)',
    );
    return hover;
  }

  dispose(): void {
    this.timers.forEach(clearInterval);
    clearTimeout(this.soon);
    clearTimeout(this.slow);
    this.subscriptions.forEach((subscription) => subscription.dispose());
    this.item.dispose();
  }
}

function inTrouble(status: Status): Face | undefined {
  const said = status.lastError?.message;
  switch (status.state) {
    case 'unauthorized':
      return { icon: 'key', headline: 'The API key was refused.', warns: true };
    case 'limited': {
      const until = status.until ? ` until ${new Date(status.until).toLocaleTimeString()}` : '';
      return { icon: 'watch', headline: `Paused${until}: a limit is reached.` };
    }
    case 'offline':
      return { icon: 'debug-disconnect', headline: said ? 'The last request failed.' : 'Not reachable.' };
    default:
      return undefined;
  }
}

function whoAnswers(status: Status): string {
  return status.provider === 'workspace'
    ? 'Ready: the embedded provider answers, from the code in this workspace.'
    : 'Ready.';
}

/** The counters as a sentence. */
export function counted(counters: Status['counters']): string {
  const of = (name: string): number => counters[name] ?? 0;
  const answered = `${of('shown')} suggestions, ${of('accepted')} accepted (${of('acceptedChars')} characters)`;
  const tokens = of('promptTokens') + of('completionTokens');
  const spent = tokens ? `, ${tokens} tokens` : '';
  return `${answered}; ${of('requests')} requests${spent}`;
}
