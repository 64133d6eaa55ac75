// Finding programs that other people installed. Only absolute paths are ever run: a relative entry
// of the PATH, or Windows' search of the current folder, would run what a repository planted.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const OLDEST_MINOR = 11; // Python 3.11, see requires-python in pyproject.toml
const NEWEST_MINOR = 20;
// A program that prints its version takes a tenth of a second, but seconds on a busy machine.
const TIMEOUT_MS = 15_000;

/** The output of a program, undefined if it failed. */
export function output(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim()),
    );
  });
}

/** Programs with these names in a PATH, as absolute paths, in the order of the names. */
export function onPath(
  names: readonly string[],
  searched = process.env.PATH ?? '',
  windows = process.platform === 'win32',
): string[] {
  const folders = searched.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const files = windows ? names.map((name) => `${name}.exe`) : names;
  const candidates = files.flatMap((file) => folders.map((folder) => path.join(folder, file)));
  return candidates.filter((file) => fs.existsSync(file));
}

/** The names that a Python may have, the one that the user prefers first, then newest first. */
export function pythonNames(): string[] {
  const count = NEWEST_MINOR - OLDEST_MINOR + 1;
  const versions = Array.from({ length: count }, (_, index) => `python3.${NEWEST_MINOR - index}`);
  return ['python3', 'python', ...versions];
}

/** The first candidate that is a Python new enough for the server, with its module venv. */
export async function firstUsablePython(
  candidates: readonly string[],
  cwd: string,
): Promise<string | undefined> {
  const script = `import sys, venv; print(sys.version_info >= (3, ${OLDEST_MINOR}))`;
  for (const python of candidates.filter((candidate) => path.isAbsolute(candidate))) {
    // -I: neither the current folder nor PYTHONPATH may put modules in the way.
    if ((await output(python, ['-I', '-c', script], cwd)) === 'True') {
      return python;
    }
  }
  return undefined;
}
