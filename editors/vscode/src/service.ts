// The language server's process and our connection to it: started, restarted, asked.

import * as readline from 'node:readline';
import * as vscode from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  MessageType,
  RevealOutputChannelOn,
  ShowMessageNotification,
  State,
} from 'vscode-languageclient/node';
import { Keys } from './keys';
import { LateAnswers } from './late';
import { findServer, NoServer, type ServerProgram } from './server';
import { SECTION, Settings } from './settings';
import type { Snooze } from './snooze';

/** What `codestral-ls.status` answers. */
export interface Status {
  readonly version: string;
  readonly state: 'ready' | 'busy' | 'limited' | 'unauthorized' | 'offline' | 'disabled';
  readonly until: string | null;
  readonly provider: string;
  readonly host: string;
  readonly model: string;
  readonly lastError: { readonly kind: string; readonly message: string; readonly at: string } | null;
  readonly counters: Readonly<Record<string, number>>;
}

/** One entry of what `codestral-ls.explain` answers. */
export interface Answered {
  readonly at: string;
  readonly uri: string;
  readonly line: number;
  readonly character: number;
  readonly outcome: string;
  readonly reason: string;
  readonly source: string | null;
  readonly timingsMs: Readonly<Record<string, number | null>>;
}

// The server has read new settings by then, and its state is what they make it.
const SETTLED_AFTER_MS = 100;

export type Phase = 'starting' | 'running' | 'stopped' | 'failed';

// How the server writes its log to stderr: "2026-11-22 20:00:00,123 WARNING ...".
const LOG_LINE = /^[\d-]+ [\d:,]+ (DEBUG|INFO|WARNING|ERROR) (.*)$/;

export class Service implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** The phase, the status or the number of waiting requests is another. */
  readonly onChange = this.changed.event;
  phase: Phase = 'starting';
  /** Why the server cannot be started. */
  problem: NoServer | undefined;
  status: Status | undefined;
  /** Since when the oldest request without an answer waits, in ms since 1970. */
  waitingSince: number | undefined;
  program: ServerProgram | undefined;

  private client: LanguageClient | undefined;
  private waiting = 0;
  private readonly late = new LateAnswers();
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly settings: Settings,
    private readonly keys: Keys,
    private readonly snooze: Snooze,
    readonly log: vscode.LogOutputChannel,
  ) {}

  /** Starts the server, or starts it anew. Calls while one is under way wait for it. */
  restart(): Promise<void> {
    this.turn = this.turn.then(() => this.startAnew());
    return this.turn;
  }

  private async startAnew(): Promise<void> {
    await this.stop();
    this.problem = undefined;
    this.enter('starting');
    try {
      this.program = await findServer(this.context, this.log);
      this.log.info(`Starting the server of ${this.program.origin}.`);
      this.client = await this.connect(this.program);
      this.enter('running');
      await this.refresh();
    } catch (error) {
      this.enter('failed');
      this.problem =
        error instanceof NoServer
          ? error
          : new NoServer(
              `The server of ${this.program?.origin} does not start; the log has its last words.`,
              'codestral.server.command',
            );
      this.log.error(this.problem.message, text(error));
      this.tellProblem(this.problem);
    }
  }

  private tellProblem(problem: NoServer): void {
    const open = 'Open Settings';
    const showLog = 'Open Log';
    // Not waited for: a message may stand for hours.
    void vscode.window.showErrorMessage(problem.message, open, showLog).then((answer) => {
      if (answer === open) {
        void vscode.commands.executeCommand('workbench.action.openSettings', problem.setting);
      } else if (answer === showLog) {
        this.log.show();
      }
    });
  }

  /** What the server's process gets on top of the editor's own environment. */
  async environment(): Promise<Record<string, string>> {
    if (!vscode.workspace.isTrusted) {
      // Nothing leaves the machine for a folder that the user does not trust.
      return { ...Keys.none(), CODESTRAL_LS_ENDPOINT: '', CODESTRAL_LS_PROVIDER: 'workspace' };
    }
    return { ...this.settings.environment(), ...(await this.keys.environment()) };
  }

  private async connect(program: ServerProgram): Promise<LanguageClient> {
    const executable = {
      command: program.command,
      args: [...program.args, '--log-level', serverLogLevel(this.log.logLevel)],
      // Not the workspace, where Python might find modules that shadow its own.
      options: {
        cwd: this.context.globalStorageUri.fsPath,
        env: { ...process.env, ...(await this.environment()) },
      },
    };
    const client = new LanguageClient(SECTION, 'Codestral', executable, this.options());
    client.onDidChangeState(({ newState }) => this.follow(client, newState));
    client.onNotification(ShowMessageNotification.type, ({ type, message }) => this.tell(type, message));
    client.onNotification('codestral/status', (status: Status) => this.use(status));
    await client.start();
    return client;
  }

  private options(): LanguageClientOptions & { stdioOptions: object } {
    return {
      documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'vscode-notebook-cell' }],
      outputChannel: this.log,
      traceOutputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      stdioOptions: { stdout: () => undefined, stderr: logLines },
      initializationOptions: { keepsLateReplies: true, statusNotifications: true },
      middleware: {
        workspace: {
          configuration: (params) => {
            setTimeout(() => void this.refresh(), SETTLED_AFTER_MS);
            return params.items.map((item) => (item.section === SECTION ? this.settings.told() : null));
          },
        },
        provideInlineCompletionItems: async (document, position, context, token, next) => {
          const automatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
          if (automatic && this.snooze.until) {
            return undefined;
          }
          this.count(1);
          try {
            return await this.late.ask(document, position, context, token, next);
          } finally {
            this.count(-1);
          }
        },
      },
    };
  }

  private follow(client: LanguageClient, state: State): void {
    if (client !== this.client) {
      return; // one that is being started or was replaced
    }
    this.waiting = 0;
    this.waitingSince = undefined;
    this.status = undefined;
    if (state === State.Running) {
      this.enter('running');
      void this.refresh();
    } else {
      this.enter(state === State.Starting ? 'starting' : 'stopped');
    }
  }

  /** Shows a message of the server's, with the way to what it asks for. */
  private tell(type: MessageType, message: string): void {
    const remedy = /\bkey\b/i.test(message)
      ? { title: 'Set API Key', command: 'codestral.setApiKey' }
      : { title: 'Show Status', command: 'codestral.showStatus' };
    const { window } = vscode;
    const show =
      type === MessageType.Error
        ? window.showErrorMessage
        : type === MessageType.Warning
          ? window.showWarningMessage
          : window.showInformationMessage;
    void show(message, remedy).then((chosen) => chosen && vscode.commands.executeCommand(chosen.command));
  }

  private count(change: 1 | -1): void {
    this.waiting = Math.max(0, this.waiting + change);
    this.waitingSince = this.waiting ? (this.waitingSince ?? Date.now()) : undefined;
    this.changed.fire();
  }

  /** Tells the server that settings of the kind it asks for are others now. */
  async settingsChanged(): Promise<void> {
    if (this.client?.isRunning()) {
      await this.client.sendNotification('workspace/didChangeConfiguration', { settings: null });
    }
  }

  /** Asks for the status; nothing changes if the server has none to tell. */
  async refresh(): Promise<void> {
    const status = await this.execute<Status>('codestral-ls.status');
    if (status) {
      this.use(status);
    }
  }

  private use(status: Status): void {
    if (JSON.stringify(status) !== JSON.stringify(this.status)) {
      this.status = status;
      this.changed.fire();
    }
  }

  /** The last outcomes, newest first: of one document, or of the one asked in last. */
  async records(uri?: vscode.Uri): Promise<Answered[]> {
    const known = uri && this.client?.code2ProtocolConverter.asUri(uri);
    return (await this.execute<Answered[]>('codestral-ls.explain', ...(known ? [known] : []))) ?? [];
  }

  private async execute<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    if (!this.client?.isRunning()) {
      return undefined;
    }
    try {
      return await this.client.sendRequest<T>('workspace/executeCommand', { command, arguments: args });
    } catch (error) {
      this.log.warn(`${command}: ${text(error)}`);
      return undefined;
    }
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.status = undefined;
    try {
      await client?.stop();
    } catch (error) {
      this.log.warn(`The server did not end well: ${text(error)}`);
    }
    await client?.dispose();
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}

function serverLogLevel(level: vscode.LogLevel): string {
  const debugs = level === vscode.LogLevel.Debug || level === vscode.LogLevel.Trace;
  return debugs ? 'debug' : 'info';
}

function logLines(input: NodeJS.ReadableStream, log: vscode.LogOutputChannel): void {
  readline.createInterface({ input, crlfDelay: Infinity }).on('line', (line) => {
    const [, level, rest] = LOG_LINE.exec(line) ?? [];
    switch (level) {
      case 'DEBUG':
        return log.debug(rest ?? line);
      case 'INFO':
        return log.info(rest ?? line);
      case 'WARNING':
        return log.warn(rest ?? line);
      default:
        return log.error(rest ?? line);
    }
  });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
