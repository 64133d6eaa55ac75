import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { firstUsablePython, onPath, pythonNames } from '../src/core/programs';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'codestral-programs-'));
after(() => fs.rmSync(root, { recursive: true }));

function program(folder: string, name: string, script = 'exit 0'): string {
  const file = path.join(root, folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

test('programs are found by name first, then by their place in the PATH', () => {
  const [first, second] = [program('a', 'python3'), program('b', 'python3')];
  const other = program('a', 'python3.12');
  const searched = [path.dirname(first), path.dirname(second)].join(path.delimiter);
  assert.deepEqual(onPath(['python3', 'python3.12'], searched, false), [first, second, other]);
});

test('a relative folder in the PATH is never searched', () => {
  program('planted', 'codestral-ls');
  const relative = path.relative(process.cwd(), path.join(root, 'planted'));
  assert.deepEqual(onPath(['codestral-ls'], ['.', '', relative].join(path.delimiter), false), []);
});

test('on Windows only executables are found', () => {
  const found = program('w', 'python.exe');
  program('w', 'python');
  assert.deepEqual(onPath(['python'], path.dirname(found), true), [found]);
});

test('newer versions of Python are preferred to older ones', () => {
  const names = pythonNames();
  assert.equal(names[0], 'python3');
  assert.ok(names.indexOf('python3.12') < names.indexOf('python3.11'));
  assert.ok(!names.includes('python3.10'));
});

test('a Python that is too old, broken or named relatively is passed over', {
  // The stand-ins are shell scripts.
  skip: process.platform === 'win32' && 'Windows runs no shell scripts',
}, async () => {
  const old = program('p', 'old', 'echo False');
  const broken = program('p', 'broken', 'echo True; exit 1');
  const usable = program('p', 'usable', 'echo True');
  const candidates = ['usable', path.join(root, 'missing'), old, broken, usable];
  assert.equal(await firstUsablePython(candidates, root), usable);
  assert.equal(await firstUsablePython([old, broken], root), undefined);
});
