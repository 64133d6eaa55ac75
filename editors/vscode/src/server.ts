// Where the server comes from: the setting, the PATH, or the extension's own environment.

import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { onPath, output } from './core/programs';
import { findPython } from './python';
import { value } from './settings';

/** How the server is started. */
export interface ServerProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Where it was found, for the log and the status page. */
  readonly origin: string;
}

/** No server can be started. The message says why and what to do. */
export class NoServer extends Error {
  constructor(
    message: string,
    /** The setting to change. */
    readonly setting: string,
  ) {
    super(message);
  }
}

/** Finds the server. Installs the extension's own if there is no other. Throws NoServer. */
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
  for (const candidate of onPath(['codestral-ls'])) {
    const version = await output(candidate, ['--version'], storage);
    if (version?.startsWith('codestral-ls ')) {
      return { command: candidate, args: [], origin: `the PATH, ${version}` };
    }
    log.warn(`${candidate} does not start, so it is not used.`);
  }
  return installed(context, storage, log);
}

async function installed(
  context: vscode.ExtensionContext,
  storage: string,
  log: vscode.LogOutputChannel,
): Promise<ServerProgram> {
  const python = await findPython(storage);
  if (!python) {
    throw new NoServer(
      value('server.python', '')
        ? 'The setting codestral.server.python is not an absolute path to Python 3.11 or newer. Correct it in the settings.'
        : 'Codestral needs Python 3.11 or newer, and none was found. Install it, or set the path to one in the settings.',
      'codestral.server.python',
    );
  }
  const version = context.extension.packageJSON.version as string;
  const environment = path.join(storage, `server-${version}`);
  let program = inEnvironment(environment);
  if (!(await works(program, storage))) {
    log.info(`Creating an environment for the server with ${python}.`);
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: 'Codestral: installing the language server (once)',
      },
      () => install(context, python, environment),
    );
    program = inEnvironment(environment);
    if (!(await works(program, storage))) {
      throw new NoServer(
        `The server could not be installed with ${python}. Set another Python in the settings. The log has the details.`,
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
    // -I: a folder named codestral_ls in the workspace must not run in place of the server.
    args: ['-I', '-m', 'codestral_ls'],
    origin: `the extension's own environment, ${environment}`,
  };
}

async function works(program: ServerProgram, cwd: string): Promise<boolean> {
  return (await output(program.command, [...program.args, '--version'], cwd)) !== undefined;
}

/** Installs aside and moves the result into place: another window may be doing the same. */
async function install(
  context: vscode.ExtensionContext,
  python: string,
  environment: string,
): Promise<void> {
  const aside = `${environment}.${randomUUID()}`;
  const script = context.asAbsolutePath('server/install.py');
  try {
    await output(python, ['-I', script, aside], path.dirname(environment));
    await fs.rm(environment, { recursive: true, force: true });
    await fs.rename(aside, environment);
  } catch {
    // Another window may have been first. The caller starts what is there and sees if it works.
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}

/** Deletes the environments of earlier versions. */
async function removeOthers(storage: string, environment: string): Promise<void> {
  for (const name of await fs.readdir(storage)) {
    const folder = path.join(storage, name);
    if (/^server-[\d.]+$/.test(name) && folder !== environment) {
      await fs.rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
