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
  check({ status: undefined }, 'sparkle', /^The server is starting\.$/);
});

test('the embedded provider is named', () => {
  const message = 'Ready: the embedded provider completes from the code in this workspace.';
  check({ status: { ...STATUS, message } }, 'sparkle', /embedded provider/);
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

test('trouble comes before the switches, in the words of the server, with when it asks again', () => {
  const disabledLanguage = 'python';
  const until = new Date(READY.now + 8000).toISOString();
  const message = 'api.test could not be reached.';
  const trouble = { ...STATUS, message, until };
  const again = /^api\.test could not be reached\. Asks again in 8 s\.$/;
  check({ status: { ...trouble, state: 'offline' }, disabledLanguage }, 'debug-disconnect', again);
  check({ status: { ...trouble, state: 'limited' }, disabledLanguage }, 'watch', again);
  const refused = { ...trouble, message: 'The key was refused.', state: 'unauthorized' as const };
  check({ status: refused, disabledLanguage }, 'key', /^The key was refused\.$/);
  const first = { ...trouble, until: null, state: 'offline' as const };
  check({ status: first }, 'debug-disconnect', /reached\. Asks again at the next key\.$/);
});

test('each switch that is off is named', () => {
  const message = 'Automatic suggestions are turned off.';
  check({ status: { ...STATUS, message, state: 'disabled' } }, 'circle-slash', /turned off\.$/);
  check({ disabledLanguage: 'markdown' }, 'circle-slash', /off for markdown/);
  check({ inlineSuggestEnabled: false }, 'circle-slash', /editor\.inlineSuggest\.enabled/);
});

test('a snooze shows the minutes that are left', () => {
  const shown = face({ ...READY, snoozedUntil: new Date(READY.now + 61_000) });
  assert.equal(shown.icon, 'bell-slash');
  assert.equal(shown.suffix, '(2 min)');
});
