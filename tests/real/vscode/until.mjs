// Waiting for what the editor does by itself.

import { setTimeout as pause } from 'node:timers/promises';

// Conditions are looked at this often; nothing here waits for a time to pass.
const LOOK_EVERY_MS = 15;

/** Waits until the condition is true, and returns what it found. */
export async function until(what, condition, timeout = 30_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${timeout} ms for ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
