import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report, summary } from '../src/core/report';
import { STATUS } from './status';

test('the page has one line for each fact, in two columns', () => {
  const program = { command: '/usr/bin/codestral-ls', args: ['-v'], origin: 'the PATH' };
  const lines = report({ phase: 'running', program, problem: undefined, status: STATUS }).split(
    '\n',
  );
  assert.equal(lines[0], 'server           /usr/bin/codestral-ls -v');
  assert.ok(lines.includes('process          running'));
  assert.ok(lines.includes('host             api.mistral.ai'));
  assert.ok(lines.includes('last error       none'));
  assert.ok(lines.includes('  shown          2'));
  assert.ok(lines.includes('statistics       Today: 2 shown, 1 taken (50%), 20 characters'));
});

test('an error of several lines takes one line of the page', () => {
  const lastError = { kind: 'server', message: 'no\r\n  model\nhere', at: '10:00' };
  const status = { ...STATUS, lastError };
  const page = report({ phase: 'running', program: undefined, problem: undefined, status });
  assert.match(page, /^last error +no model here \(10:00\)$/m);
});

test('without a server the page says why', () => {
  const page = report({
    phase: 'failed',
    program: undefined,
    problem: 'No Python.',
    status: undefined,
  });
  assert.equal(page, 'server\nfound in\nprocess   No Python.\n');
});

test('a provider without a host is said to keep everything here', () => {
  const status = { ...STATUS, host: '', until: '10:00', state: 'limited' as const };
  const page = report({ phase: 'running', program: undefined, problem: undefined, status });
  assert.match(page, /^host +none: nothing leaves this machine$/m);
  assert.match(page, /^state +limited until 10:00$/m);
});

test('the counters are a sentence, without tokens where none are counted', () => {
  assert.equal(summary({}), '0 suggestions, 0 accepted, 0 requests');
  const counters = { ...STATUS.counters, promptTokens: 90, completionTokens: 10 };
  assert.equal(
    summary(counters),
    '2 suggestions, 1 accepted (20 characters), 3 requests, 100 tokens',
  );
});

test('one of a thing is not several', () => {
  const counters = { shown: 1, accepted: 1, acceptedChars: 1, requests: 1, promptTokens: 1 };
  assert.equal(summary(counters), '1 suggestion, 1 accepted (1 character), 1 request, 1 token');
});

test('the page says what the state means', () => {
  const page = report({ phase: 'running', program: undefined, problem: undefined, status: STATUS });
  assert.match(page, /^which means +Ready\.$/m);
});
