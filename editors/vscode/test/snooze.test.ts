import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { minutesProblem, SnoozeTimer } from '../src/core/snooze';

const MINUTE = 60_000;

class Memory {
  readonly kept = new Map<string, unknown>();
  get<T>(key: string, otherwise: T): T {
    return (this.kept.get(key) as T | undefined) ?? otherwise;
  }
  async update(key: string, value: unknown): Promise<void> {
    this.kept.set(key, value);
  }
}

function clock(): void {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
}

test('a snooze ends by itself, and both ends are announced', async () => {
  clock();
  let changes = 0;
  const snooze = new SnoozeTimer(new Memory(), () => {
    changes += 1;
  });
  await snooze.set(5);
  assert.equal(changes, 1);
  assert.equal(snooze.until?.getTime(), 1_000_000 + 5 * MINUTE);
  mock.timers.tick(5 * MINUTE);
  assert.equal(snooze.until, undefined);
  assert.equal(changes, 2);
});

test('a snooze can be ended', async () => {
  clock();
  let changes = 0;
  const snooze = new SnoozeTimer(new Memory(), () => {
    changes += 1;
  });
  await snooze.set(5);
  await snooze.set(0);
  assert.equal(snooze.until, undefined);
  mock.timers.tick(5 * MINUTE);
  assert.equal(changes, 2);
});

test('a snooze survives a reload of the window', async () => {
  clock();
  const memory = new Memory();
  const before = new SnoozeTimer(memory, () => undefined);
  await before.set(5);
  before.dispose();
  let changes = 0;
  const after = new SnoozeTimer(memory, () => {
    changes += 1;
  });
  assert.ok(after.until);
  mock.timers.tick(5 * MINUTE);
  assert.equal(changes, 1);
});

test('minutes are a number that a timer can wait', () => {
  assert.equal(minutesProblem('0'), undefined);
  assert.equal(minutesProblem('1440'), undefined);
  for (const typed of ['', '-1', '1.5', '1441', 'ten']) {
    assert.ok(minutesProblem(typed), typed);
  }
});
