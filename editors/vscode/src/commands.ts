// The commands of the palette and of the menu behind the status bar item.

import * as vscode from 'vscode';
import type { RequestRecord } from './core/protocol';
import type { Keys } from './keys';
import { tell } from './messages';
import type { StatusPage } from './page';
import type { Service } from './service';
import { value, write } from './settings';
import type { Snooze } from './snooze';

export function registerCommands(
  service: Service,
  keys: Keys,
  snooze: Snooze,
  page: StatusPage,
): vscode.Disposable[] {
  const commands: Record<string, () => unknown> = {
    menu: () => menu(service),
    setApiKey: () => keys.ask(),
    clearApiKey: () => keys.clear(),
    toggle: () => write('enabled', !value('enabled', true)),
    toggleLanguage,
    snooze: () => snooze.ask(),
    explain: () => explain(service, snooze),
    showStatus: () => page.open(),
    doctor: () => doctor(service),
    restart: () => service.restart(),
    openLog: () => service.log.show(),
    dismiss: () => service.dismiss(),
  };
  return Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`codestral.${name}`, run),
  );
}

async function menu(service: Service): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  const enabled = value('enabled', true);
  const here = language && !value<string[]>('disabledLanguages', []).includes(language);
  const rows = [
    { label: '$(question) Why is there no suggestion?', command: 'explain' },
    { label: '$(info) Status', command: 'showStatus' },
    { label: '', kind: vscode.QuickPickItemKind.Separator, command: '' },
    { label: `$(circle-slash) Switch suggestions ${enabled ? 'off' : 'on'}`, command: 'toggle' },
    ...(language
      ? [
          {
            label: `$(code) Switch suggestions ${here ? 'off' : 'on'} for ${language}`,
            command: 'toggleLanguage',
          },
        ]
      : []),
    { label: '$(bell-slash) Snooze…', command: 'snooze' },
    { label: '', kind: vscode.QuickPickItemKind.Separator, command: '' },
    { label: '$(key) Set API key…', command: 'setApiKey' },
    { label: '$(checklist) Run doctor', command: 'doctor' },
    { label: '$(refresh) Restart server', command: 'restart' },
    { label: '$(output) Open log', command: 'openLog' },
  ];
  const title = service.problem ? 'Codestral: the server does not start' : 'Codestral';
  const picked = await vscode.window.showQuickPick(rows, { title });
  if (picked) {
    await vscode.commands.executeCommand(`codestral.${picked.command}`);
  }
}

async function toggleLanguage(): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  if (!language) {
    tell('information', 'Open a file in that language first.');
    return;
  }
  const off = value<string[]>('disabledLanguages', []);
  const others = off.filter((id) => id !== language);
  await write('disabledLanguages', others.length < off.length ? others : [...off, language]);
}

async function explain(service: Service, snooze: Snooze): Promise<void> {
  if (snooze.until) {
    tell('information', 'Suggestions are snoozed. Run Codestral: Snooze… to end the snooze.');
    return;
  }
  const records = await service.records(vscode.window.activeTextEditor?.document.uri);
  if (records.length === 0) {
    tell(
      'information',
      service.problem?.message ??
        'No suggestion was requested in this file yet. Type something, or press Alt+\\.',
    );
    return;
  }
  await vscode.window.showQuickPick(records.map(row), {
    title: 'Results of the last requests, newest first',
    matchOnDescription: true,
    matchOnDetail: true,
  });
}

const ICONS: Readonly<Record<string, string>> = {
  suggestion: 'sparkle',
  nothing: 'dash',
  failed: 'error',
  superseded: 'debug-step-over',
  cancelled: 'circle-slash',
};

function row(record: RequestRecord): vscode.QuickPickItem {
  const total = record.timingsMs.total;
  const time = new Date(record.at).toLocaleTimeString();
  return {
    label: `$(${ICONS[record.outcome] ?? 'dash'}) ${record.outcome}`,
    description: `line ${record.line + 1}, ${time}${total ? `, ${Math.round(total)} ms` : ''}`,
    detail: record.reason,
  };
}

/** Runs the doctor in a terminal, with the environment of the server. */
async function doctor(service: Service): Promise<void> {
  const { program } = service;
  if (!program) {
    tell('information', service.problem?.message ?? 'The server is starting.');
    return;
  }
  const execution = new vscode.ProcessExecution(program.command, [...program.args, 'doctor'], {
    env: await service.environment(),
  });
  const task = new vscode.Task(
    { type: 'codestral' },
    vscode.TaskScope.Workspace,
    'doctor',
    'Codestral',
    execution,
    [],
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: true, clear: true };
  await vscode.tasks.executeTask(task);
}
