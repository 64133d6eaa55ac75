import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Circumstances, face } from '../src/core/face';
import { STATUS } from './status';

const READY: Circumstances = {
  phase: 'running',
  problem: undefined,
  status: STATUS,
  waitingSince: undefined,
  snoozedUntil: undefined,
  disabledLanguage: undefined,
  inlineSuggestEnabled: true,
  now: 1_000_000,
};

function check(changed: Partial<Circumstances>, icon: string, headline: RegExp): void {
  const shown = face({ ...READY, ...changed });
  assert.equal(shown.icon, icon);
  assert.match(shown.headline, headline);
}

test('a server that works is ready', () => {
  check({}, 'sparkle', /^Ready\.$/);
  check({ status: undefined }, 'sparkle', /^Ready\.$/);
});

test('the embedded provider is named', () => {
  check({ status: { ...STATUS, provider: 'workspace' } }, 'sparkle', /embedded provider/);
});

test('the spinner waits half a second', () => {
  check({ waitingSince: READY.now - 499 }, 'sparkle', /Ready/);
  check({ waitingSince: READY.now - 500 }, 'loading~spin', /Waiting/);
});

test('a process that does not run comes before everything else', () => {
  const snoozedUntil = new Date(READY.now + 60_000);
  check({ phase: 'failed', problem: 'No Python.', snoozedUntil }, 'error', /^No Python\.$/);
  check({ phase: 'stopped', snoozedUntil }, 'error', /not running/);
  check({ phase: 'starting', snoozedUntil }, 'loading~spin', /starting/);
});

test('trouble with the provider comes before the switches', () => {
  const disabledLanguage = 'python';
  check({ status: { ...STATUS, state: 'unauthorized' }, disabledLanguage }, 'key', /refused/);
  check({ status: { ...STATUS, state: 'limited' }, disabledLanguage }, 'watch', /^Paused: a limit/);
  const offline = { ...STATUS, state: 'offline' as const };
  check({ status: offline, disabledLanguage }, 'debug-disconnect', /cannot be reached/);
  const lastError = { kind: 'server', message: 'down', at: '10:00' };
  check({ status: { ...offline, lastError } }, 'debug-disconnect', /last request failed/);
});

test('each switch that is off is named', () => {
  check({ status: { ...STATUS, state: 'disabled' } }, 'circle-slash', /are off\.$/);
  check({ disabledLanguage: 'markdown' }, 'circle-slash', /off for markdown/);
  check({ inlineSuggestEnabled: false }, 'circle-slash', /editor\.inlineSuggest\.enabled/);
});

test('a snooze shows the minutes that are left', () => {
  const shown = face({ ...READY, snoozedUntil: new Date(READY.now + 61_000) });
  assert.equal(shown.icon, 'bell-slash');
  assert.equal(shown.suffix, '(2 min)');
});
