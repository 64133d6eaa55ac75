// Finding programs that other people installed. Only absolute paths are ever run: a relative entry
// of the PATH, or Windows' search of the current folder, would run what a repository planted.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { value } from './settings';

const WINDOWS = process.platform === 'win32';
const OLDEST = 11; // Python 3.11, see requires-python in pyproject.toml
const NEWEST = 20;
// A program that says its version takes a tenth of a second, on a busy machine seconds.
const TIMEOUT_MS = 15_000;

/** The output of a program, or undefined if it failed. */
export function output(program: string, args: string[], cwd: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim()),
    );
  });
}

/** The first of the names that the PATH holds, as an absolute path. */
export function onPath(...names: string[]): string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(path.isAbsolute);
  const files = names.flatMap((name) => (WINDOWS ? [`${name}.exe`] : [name]));
  const found = files.flatMap((file) => folders.map((folder) => path.join(folder, file)));
  return found.filter((file) => fs.existsSync(file));
}

/** A Python that is new enough: the setting's, else the PATH's, else the Python extension's. */
export async function findPython(cwd: string): Promise<string | undefined> {
  const configured = value('server.python', '');
  if (configured) {
    return (await newEnough(configured, cwd)) ? configured : undefined;
  }
  const versions = Array.from({ length: NEWEST - OLDEST + 1 }, (_, n) => `python3.${NEWEST - n}`);
  for (const candidate of onPath('python3', 'python', ...versions)) {
    if (await newEnough(candidate, cwd)) {
      return candidate;
    }
  }
  const selected = await selectedPython();
  return selected && (await newEnough(selected, cwd)) ? selected : undefined;
}

async function newEnough(python: string, cwd: string): Promise<boolean> {
  const script = `import sys, venv; print(sys.version_info >= (3, ${OLDEST}))`;
  // -I: neither the current folder nor PYTHONPATH may put modules in the way.
  return path.isAbsolute(python) && (await output(python, ['-I', '-c', script], cwd)) === 'True';
}

interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(of: unknown): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** What the user selected in the Python extension. It may lie in the workspace, so trust counts. */
async function selectedPython(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
  if (!extension || !vscode.workspace.isTrusted) {
    return undefined;
  }
  const { environments } = await extension.activate();
  const environment = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
  return environment?.executable.uri?.fsPath;
}
