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

/** Starts an artificial clock. */
function startClock(): void {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
}

/** A snooze, and how often it announced a change. */
function snoozing(memory = new Memory()): { snooze: SnoozeTimer; changes: () => number } {
  let count = 0;
  const snooze = new SnoozeTimer(memory, () => {
    count += 1;
  });
  return { snooze, changes: () => count };
}

test('a snooze ends by itself, and both ends are announced', async () => {
  startClock();
  const { snooze, changes } = snoozing();
  await snooze.set(5);
  assert.equal(changes(), 1);
  assert.equal(snooze.until?.getTime(), 1_000_000 + 5 * MINUTE);
  mock.timers.tick(5 * MINUTE);
  assert.equal(snooze.until, undefined);
  assert.equal(changes(), 2);
});

test('a snooze can be ended', async () => {
  startClock();
  const { snooze, changes } = snoozing();
  await snooze.set(5);
  await snooze.set(0);
  assert.equal(snooze.until, undefined);
  mock.timers.tick(5 * MINUTE);
  assert.equal(changes(), 2);
});

test('a snooze survives a reload of the window', async () => {
  startClock();
  const memory = new Memory();
  const { snooze: before } = snoozing(memory);
  await before.set(5);
  before.dispose();
  const { snooze, changes } = snoozing(memory);
  assert.ok(snooze.until);
  mock.timers.tick(5 * MINUTE);
  assert.equal(changes(), 1);
});

test('minutes are a number that a timer can wait', () => {
  assert.equal(minutesProblem('0'), undefined);
  assert.equal(minutesProblem('1440'), undefined);
  for (const typed of ['', '-1', '1.5', '1441', 'ten']) {
    assert.ok(minutesProblem(typed), typed);
  }
});
