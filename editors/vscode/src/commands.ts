// The commands of the palette and of the menu behind the status bar item.

import * as vscode from 'vscode';
import { type Row, whyRows } from './core/why';
import type { Keys } from './keys';
import { tell } from './messages';
import type { StatusPage } from './page';
import type { Service } from './service';
import { value, write } from './settings';
import type { Snooze } from './snooze';
import { ProgramTerminal } from './terminal';

export function registerCommands(
  service: Service,
  keys: Keys,
  snooze: Snooze,
  page: StatusPage,
): vscode.Disposable[] {
  const commands: Record<string, () => unknown> = {
    menu: () => menu(service, keys),
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
    dismiss: () => service.suggestions.dismiss(),
  };
  return Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`codestral.${name}`, run),
  );
}

async function menu(service: Service, keys: Keys): Promise<void> {
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
    ...((await keys.areStored())
      ? [{ label: '$(trash) Wipe stored API keys…', command: 'clearApiKey' }]
      : []),
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
  const editor = vscode.window.activeTextEditor;
  const why = editor && (await service.why(editor.document, editor.selection.active));
  if (!why) {
    const nothing = 'Open a file and put the cursor where you expected a suggestion.';
    tell('information', service.problem?.message ?? nothing);
    return;
  }
  await choose(whyRows(why, Date.now()), 'Why is there no suggestion?');
}

async function choose(rows: readonly Row[], title: string): Promise<void> {
  const { Separator, Default } = vscode.QuickPickItemKind;
  const items = rows.map((row) => ({ ...row, kind: row.separator ? Separator : Default }));
  const picked = await vscode.window.showQuickPick(items, {
    title,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked?.rows) {
    await choose(picked.rows, 'What the model saw');
  } else if (picked?.action) {
    const { command, arguments: args } = picked.action;
    await vscode.commands.executeCommand(command, ...(args ?? []));
  }
}

/** Runs the doctor in a terminal, with the environment of the server. */
async function doctor(service: Service): Promise<void> {
  const { program } = service;
  if (!program) {
    tell('information', service.problem?.message ?? 'The server is starting.');
    return;
  }
  const environment = { ...process.env, ...(await service.environment()) };
  const pty = new ProgramTerminal(program.command, [...program.args, 'doctor'], environment);
  vscode.window.createTerminal({ name: 'Codestral doctor', pty, isTransient: true }).show();
}
