import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakable } from '../src/core/prose';

test('lines end between words', () => {
  const escaped = 'check&nbsp;it,&nbsp;and&nbsp;the&nbsp;network.';
  assert.equal(breakable(escaped), 'check it, and the network.');
});

test('blanks that Markdown would read stay hard', () => {
  for (const escaped of [
    '&nbsp;&nbsp;&nbsp;&nbsp;x',
    '1.&nbsp;x',
    '12)&nbsp;x',
    'x&nbsp;&nbsp;\ny',
  ]) {
    assert.equal(breakable(escaped), escaped);
  }
  assert.equal(breakable('a\n&nbsp;b&nbsp;c'), 'a\n&nbsp;b c');
});
