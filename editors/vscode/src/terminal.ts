// A program in a terminal that stays after its end, whatever its status: its last line says it all.

import { type ChildProcess, spawn } from 'node:child_process';
import * as vscode from 'vscode';

export class ProgramTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<void>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;
  private process: ChildProcess | undefined;

  constructor(
    private readonly program: string,
    private readonly args: readonly string[],
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  open(size: vscode.TerminalDimensions | undefined): void {
    const columns = size ? { COLUMNS: `${size.columns}` } : {};
    this.process = spawn(this.program, this.args, {
      env: { ...this.environment, PYTHONIOENCODING: 'utf-8', ...columns },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const write = (text: string): void => this.written.fire(text.replace(/\r?\n/g, '\r\n'));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', write);
    }
    this.process.on('error', (error) => write(`${error.message}\n`));
    this.process.on('close', () => {
      this.process = undefined;
      write('\nPress any key to close this terminal.\n');
    });
  }

  handleInput(): void {
    if (!this.process) {
      this.closed.fire();
    }
  }

  close(): void {
    this.process?.kill();
  }
}
