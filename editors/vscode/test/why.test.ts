import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdict } from '../src/core/keycheck';
import type { RequestRecord, Why } from '../src/core/protocol';
import { asksAgain, counted } from '../src/core/sentences';
import { whyLine, whyRows } from '../src/core/why';

const NOW = Date.parse('2026-11-01T12:00:00Z');

const RECORD: RequestRecord = {
  at: '2026-11-01T11:59:00Z',
  uri: 'file:///a.py',
  line: 1,
  character: 4,
  outcome: 'nothing',
  reason: 'The cursor is inside a word.',
  source: null,
  timingsMs: { total: 12 },
};

const WHY: Why = {
  answer: 'api.test could not be reached. Nothing listens there.',
  until: '2026-11-01T12:00:08Z',
  remedies: ['run-doctor', 'call-support'],
  seen: ['Provider mistral saw 8 characters before the cursor.', 'shop.py: defines total_of'],
  earlier: [RECORD],
};

test('the first row is the reason, with when it is tried again', () => {
  const [first] = whyRows(WHY, NOW);
  assert.equal(first?.label, '$(info) api.test could not be reached.');
  assert.equal(first?.detail, 'Nothing listens there. Asks again in 8 s.');
});

test('then come what helps, what the model saw on demand, and the requests', () => {
  const [, doctor, seen, separator, request] = whyRows(WHY, NOW);
  assert.equal(doctor?.action?.command, 'codestral.doctor');
  assert.deepEqual(
    seen?.rows?.map(({ label }) => label),
    WHY.seen,
  );
  assert.equal(separator?.separator, true);
  assert.match(request?.label ?? '', /Nothing suggested$/);
  assert.match(request?.description ?? '', /^line 2, .*, 12 ms$/);
});

test('where nothing is known but the reason, there is one row', () => {
  const why = { answer: 'Not open.', until: null, remedies: [], seen: [], earlier: [] };
  assert.deepEqual(whyRows(why, NOW), [{ label: '$(info) Not open.' }]);
});

test('the line in the status bar has no icon but ours, and no second line', () => {
  const line = whyLine({ ...WHY, answer: 'It said\n$(flame) no.' }, NOW);
  assert.equal(line, 'Codestral: It said $ (flame) no. Asks again in 8 s.');
});

test('the next attempt is told in seconds, then as a time of day', () => {
  const after = (seconds: number): string =>
    asksAgain(new Date(NOW + seconds * 1000).toISOString(), NOW);
  assert.equal(after(8), 'Asks again in 8 s.');
  assert.match(after(3600), /^Asks again at \d/);
  for (const over of [after(0), after(-5), asksAgain(null, NOW), asksAgain('never', NOW)]) {
    assert.equal(over, 'Asks again at the next key.');
  }
});

test('a count agrees with its noun', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'request')),
    ['0 requests', '1 request', '2 requests'],
  );
});

test('a key is stored when its host accepts it, and else only when the user insists', () => {
  const message = 'api.test says so.';
  const stores = (outcome: string): boolean => verdict({ outcome, message }).stores;
  assert.deepEqual(['accepted', 'unchecked'].map(stores), [true, true]);
  assert.deepEqual(
    ['refused', 'forbidden', 'unreachable', 'new'].map(stores),
    Array(4).fill(false),
  );
  const away = verdict({ outcome: 'unreachable', message });
  assert.ok(away.offersAnyway && away.message.startsWith(message));
  assert.ok(verdict(undefined).offersAnyway);
  assert.ok(!verdict({ outcome: 'refused', message }).offersAnyway);
});
