// The language server's process and the connection to it.

import * as readline from 'node:readline';
import * as vscode from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
  Trace,
} from 'vscode-languageclient/node';
import { noKeys } from './core/credentials';
import type { KeyCheck } from './core/keycheck';
import { readLogLine } from './core/log';
import { OPEN_LOG, openSettings, readNotice } from './core/notice';
import {
  INITIALIZATION_OPTIONS,
  type More,
  type Phase,
  type Status,
  type Why,
} from './core/protocol';
import { SECTION } from './core/scopes';
import { whyLine } from './core/why';
import { withIndentation } from './indentation';
import type { Keys } from './keys';
import { tell, tellBriefly } from './messages';
import { findServer, NoServer, type ServerProgram } from './server';
import type { Settings } from './settings';
import type { Snooze } from './snooze';
import { isAt, Suggestions } from './suggestions';

// By then the server has read the new settings, and its status reflects them.
const SETTLED_AFTER_MS = 100;

export class Service implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** The phase, the status or the number of waiting requests changed. */
  readonly onChange = this.changed.event;
  phase: Phase = 'starting';
  /** Why the server cannot be started. */
  problem: NoServer | undefined;
  status: Status | undefined;
  readonly suggestions: Suggestions;
  /** Since when the oldest unanswered request has been waiting, in ms since 1970. */
  waitingSince: number | undefined;
  program: ServerProgram | undefined;

  private client: LanguageClient | undefined;
  private waiting = 0;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly settings: Settings,
    private readonly keys: Keys,
    snooze: Snooze,
    readonly log: vscode.LogOutputChannel,
  ) {
    this.suggestions = new Suggestions(context.extension.id, snooze, {
      provider: (document) =>
        this.client?.getFeature('textDocument/inlineCompletion')?.getProvider(document),
      count: (change) => this.count(change),
      sayWhy: (document, position) => void this.sayWhy(document, position),
    });
  }

  /** Starts the server, or restarts it. A call during a restart waits for that one to end. */
  restart(): Promise<void> {
    this.turn = this.turn.then(() => this.startAnew());
    return this.turn;
  }

  private async startAnew(): Promise<void> {
    await this.stop();
    this.problem = undefined;
    this.program = undefined;
    this.enter('starting');
    try {
      this.program = await findServer(this.context, this.log);
      this.log.info(`Starting the server from ${this.program.origin}.`);
      this.client = await this.connect(this.program);
      this.enter('running');
      await this.refresh();
    } catch (error) {
      this.problem = error instanceof NoServer ? error : this.doesNotStart();
      this.enter('failed');
      this.log.error(this.problem.message, text(error));
      tell('error', this.problem.message, openSettings(this.problem.setting), OPEN_LOG);
    }
  }

  private doesNotStart(): NoServer {
    const from = this.program ? ` from ${this.program.origin}` : '';
    const message = `The server${from} does not start. The log says why.`;
    return new NoServer(message, 'codestral.server.command');
  }

  /** The variables that the server's process gets beside the editor's own environment. */
  async environment(): Promise<Record<string, string>> {
    if (!vscode.workspace.isTrusted) {
      // Nothing leaves the machine for a folder that the user does not trust.
      return { ...noKeys(), CODESTRAL_LS_ENDPOINT: '', CODESTRAL_LS_PROVIDER: 'workspace' };
    }
    return { ...this.settings.environment(), ...(await this.keys.environment()) };
  }

  private async connect(program: ServerProgram): Promise<LanguageClient> {
    const executable = {
      command: program.command,
      args: [...program.args, '--log-level', serverLogLevel(this.log.logLevel)],
      // Not the workspace: Python might find modules there that shadow its own.
      options: {
        cwd: this.context.globalStorageUri.fsPath,
        env: { ...process.env, ...(await this.environment()) },
      },
    };
    const client = new LanguageClient(SECTION, 'Codestral', executable, this.options());
    client.onDidChangeState(({ newState }) => this.follow(client, newState));
    for (const method of ['window/showMessage', 'codestral/notice']) {
      client.onNotification(method, (params: unknown) => this.tell(params));
    }
    client.onNotification('codestral/more', (news: More) =>
      this.suggestions.grew(news, ({ uri }) => client.code2ProtocolConverter.asUri(uri)),
    );
    client.onNotification('codestral/status', (status: Status) => this.use(status));
    await client.start();
    return client;
  }

  private options(): LanguageClientOptions & { stdioOptions: object } {
    return {
      documentSelector: [
        { scheme: 'file' },
        { scheme: 'untitled' },
        { scheme: 'vscode-notebook-cell' },
      ],
      outputChannel: this.log,
      traceOutputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      stdioOptions: { stdout: () => undefined, stderr: logLines },
      initializationOptions: INITIALIZATION_OPTIONS,
      middleware: {
        sendRequest: (type, params, token, next) =>
          next(type, withIndentation(type, params), token),
        sendNotification: (type, next, params) => next(type, withIndentation(type, params)),
        workspace: {
          configuration: (params) => {
            setTimeout(() => void this.refresh(), SETTLED_AFTER_MS);
            return params.items.map((item) =>
              item.section === SECTION ? this.settings.forServer() : null,
            );
          },
        },
        provideInlineCompletionItems: (...question) => this.suggestions.provide(...question),
      },
    };
  }

  private follow(client: LanguageClient, state: State): void {
    if (client !== this.client) {
      return; // not started yet, or replaced
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

  private tell(params: unknown): void {
    const notice = readNotice(params);
    if (notice) {
      tell(notice.severity, notice.message, ...notice.actions);
    }
  }

  private count(change: 1 | -1): void {
    this.waiting = Math.max(0, this.waiting + change);
    this.waitingSince = this.waiting ? (this.waitingSince ?? Date.now()) : undefined;
    this.changed.fire();
  }

  /** Tells the server that settings it asks for have changed. */
  async settingsChanged(): Promise<void> {
    if (this.client?.isRunning()) {
      await this.client.sendNotification('workspace/didChangeConfiguration', { settings: null });
    }
  }

  /** Asks for the status; keeps the last one if the server does not answer. */
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

  /** Why there is no suggestion in a place. */
  async why(document: vscode.TextDocument, position: vscode.Position): Promise<Why | undefined> {
    const converter = this.client?.code2ProtocolConverter;
    return (
      converter &&
      this.execute<Why>(
        'codestral-ls.why',
        converter.asUri(document.uri),
        converter.asPosition(position),
      )
    );
  }

  /** The user asked, and nothing came: says why at the lower edge, for a while or until they go on. */
  private async sayWhy(document: vscode.TextDocument, position: vscode.Position): Promise<void> {
    const why = await this.why(document, position);
    if (why && isAt(document, position)) {
      tellBriefly(whyLine(why, Date.now()));
    }
  }

  /** Whether a host accepts a key; undefined if the server cannot be asked. */
  async checkKey(key: string, host: string): Promise<KeyCheck | undefined> {
    // A setting that was changed just before may have made the server start anew.
    await this.turn;
    const { client } = this;
    if (!client?.isRunning() || !vscode.workspace.isTrusted) {
      return undefined;
    }
    // A trace would write the key into the log.
    await client.setTrace(Trace.Off);
    try {
      return await this.execute<KeyCheck>('codestral-ls.checkKey', { key, host });
    } finally {
      await client.setTrace(Trace.fromString(tracing()));
    }
  }

  private async execute<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    if (!this.client?.isRunning()) {
      return undefined;
    }
    try {
      return await this.client.sendRequest<T>('workspace/executeCommand', {
        command,
        arguments: args,
      });
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
      this.log.warn(`The server did not shut down cleanly: ${text(error)}`);
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

function tracing(): string {
  return vscode.workspace.getConfiguration(SECTION).get('trace.server', 'off');
}

function serverLogLevel(level: vscode.LogLevel): string {
  const debugs = level === vscode.LogLevel.Debug || level === vscode.LogLevel.Trace;
  return debugs ? 'debug' : 'info';
}

function logLines(input: NodeJS.ReadableStream, log: vscode.LogOutputChannel): void {
  readline.createInterface({ input, crlfDelay: Infinity }).on('line', (line) => {
    const { level, text } = readLogLine(line);
    log[level](text);
  });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
