import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictActions, conflictMessage, untold } from '../src/core/conflicts';

const COPILOT = { id: 'GitHub.copilot', packageJSON: { displayName: 'GitHub Copilot' } };
const CONTINUE = { id: 'Continue.continue', packageJSON: {} };
const BUILT_IN = { id: 'GitHub.copilot-chat', packageJSON: { isBuiltin: true } };

test('only what is installed, is no part of VS Code and was not named before is named', () => {
  assert.deepEqual(untold([undefined, BUILT_IN, COPILOT, CONTINUE], []), [COPILOT, CONTINUE]);
  assert.deepEqual(untold([COPILOT, CONTINUE], ['GitHub.copilot']), [CONTINUE]);
});

test('the message names one extension or several', () => {
  assert.match(conflictMessage([COPILOT]), /^GitHub Copilot also suggests code/);
  assert.match(conflictMessage([COPILOT, CONTINUE]), /^GitHub Copilot and Continue.continue also /);
});

test('each of the first two has a button that shows it, where it can be disabled', () => {
  const actions = conflictActions([COPILOT, CONTINUE, BUILT_IN]);
  assert.deepEqual(
    actions.map(({ title, arguments: args }) => [title, args]),
    [
      ['Show GitHub Copilot', ['@id:GitHub.copilot']],
      ['Show Continue.continue', ['@id:Continue.continue']],
    ],
  );
});
