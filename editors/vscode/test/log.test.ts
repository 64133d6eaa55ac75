import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLogLine } from '../src/core/log';

test('a line of the log has the level that the server gave it', () => {
  const line = (level: string): string => `2026-11-22 20:00:00,123 ${level} ready: 2 hosts`;
  for (const [given, level] of Object.entries({
    DEBUG: 'debug',
    INFO: 'info',
    WARNING: 'warn',
    ERROR: 'error',
  })) {
    assert.deepEqual(readLogLine(line(given)), { level, text: 'ready: 2 hosts' });
  }
});

test('a line that is no log entry is an error, and is kept whole', () => {
  const text = 'ModuleNotFoundError: No module named codestral_ls';
  assert.deepEqual(readLogLine(text), { level: 'error', text });
});
