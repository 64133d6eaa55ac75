// Where the server comes from: the setting, the PATH, or an environment of the extension's own.

import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { findPython, onPath, output } from './python';
import { value } from './settings';

/** How the server is started. */
export interface ServerProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** For people. */
  readonly origin: string;
}

/** No server can be started; the message says why and what to do. */
export class NoServer extends Error {
  constructor(
    message: string,
    /** The setting that remedies it. */
    readonly setting: string,
  ) {
    super(message);
  }
}

/** Finds the server, and makes it its own environment where there is none. Throws NoServer. */
export async function findServer(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<ServerProgram> {
  const storage = context.globalStorageUri.fsPath;
  await fs.mkdir(storage, { recursive: true });
  const configured = value<string[]>('server.command', []);
  const [command, ...args] = configured;
  if (command) {
    return { command, args, origin: 'the setting codestral.server.command' };
  }
  for (const candidate of onPath('codestral-ls')) {
    const version = await output(candidate, ['--version'], storage);
    if (version?.startsWith('codestral-ls ')) {
      return { command: candidate, args: [], origin: `the PATH, ${version}` };
    }
    log.warn(`${candidate} does not start; it is not used.`);
  }
  return own(context, storage, log);
}

async function own(
  context: vscode.ExtensionContext,
  storage: string,
  log: vscode.LogOutputChannel,
): Promise<ServerProgram> {
  const python = await findPython(storage);
  if (!python) {
    throw new NoServer(
      value('server.python', '')
        ? 'The Python in the setting codestral.server.python is not an absolute path to Python 3.11 or newer.'
        : 'Codestral needs Python 3.11 or newer, and none was found. Install one, or name it in the settings.',
      'codestral.server.python',
    );
  }
  const version = context.extension.packageJSON.version as string;
  const environment = path.join(storage, `server-${version}`);
  let program = inEnvironment(environment);
  if (!(await works(program, storage))) {
    log.info(`Making an environment for the server with ${python}.`);
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Codestral: setting up its server, once' },
      () => make(context, python, environment),
    );
    program = inEnvironment(environment);
    if (!(await works(program, storage))) {
      throw new NoServer(
        `The server could not be installed with ${python}. Name another Python in the settings; the log has the details.`,
        'codestral.server.python',
      );
    }
    await removeOthers(storage, environment);
  }
  return program;
}

function inEnvironment(environment: string): ServerProgram {
  const python = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python';
  return {
    command: path.join(environment, python),
    // -I: a folder named codestral_ls in the workspace must not be run in the server's place.
    args: ['-I', '-m', 'codestral_ls'],
    origin: `the extension's own environment, ${environment}`,
  };
}

async function works(program: ServerProgram, cwd: string): Promise<boolean> {
  return (await output(program.command, [...program.args, '--version'], cwd)) !== undefined;
}

/** Built aside and moved into place: another window may be doing the same. */
async function make(context: vscode.ExtensionContext, python: string, environment: string): Promise<void> {
  const aside = `${environment}.${randomUUID()}`;
  const script = context.asAbsolutePath('server/install.py');
  try {
    await output(python, ['-I', script, aside], path.dirname(environment));
    await fs.rm(environment, { recursive: true, force: true });
    await fs.rename(aside, environment);
  } catch {
    // Whether another window was first, or nothing works, is seen by starting what is there.
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}

/** Environments of former versions are of no use any more. */
async function removeOthers(storage: string, environment: string): Promise<void> {
  for (const name of await fs.readdir(storage)) {
    const folder = path.join(storage, name);
    if (/^server-[\d.]+$/.test(name) && folder !== environment) {
      await fs.rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
