import assert from 'node:assert/strict';
import { test } from 'node:test';
import packageJson from '../package.json';
import { readNotice, withoutLinks } from '../src/core/notice';

const titles = (params: unknown): string[] | undefined =>
  readNotice(params)?.actions.map(({ title }) => title);

test('each remedy of a notice becomes a button', () => {
  const remedies = ['set-key', 'open-settings', 'open-log', 'run-doctor'];
  assert.deepEqual(titles({ type: 1, message: 'no', remedies }), [
    'Set API Key',
    'Open Settings',
    'Open Log',
    'Run Doctor',
  ]);
});

test('each button of the extension runs a command that it contributes', () => {
  const remedies = ['set-key', 'open-log', 'run-doctor'];
  const contributed = packageJson.contributes.commands.map(({ command }) => command);
  const actions = readNotice({ type: 1, message: 'no', remedies })?.actions ?? [];
  assert.equal(actions.length, 3);
  assert.ok(actions.every(({ command }) => contributed.includes(command)));
});

test('an unknown remedy is ignored, a repeated one is one button', () => {
  const remedies = ['call-support', 'open-log', 7, 'open-log'];
  assert.deepEqual(titles({ type: 1, message: 'no', remedies }), ['Open Log']);
});

test('the text of a message decides no button', () => {
  assert.deepEqual(titles({ type: 1, message: 'The key was refused.' }), []);
  assert.deepEqual(titles({ type: 1, message: 'The key was refused.', remedies: 'set-key' }), []);
});

test('the severity is that of the protocol', () => {
  const severities = [1, 2, 3, 4, undefined].map(
    (type) => readNotice({ type, message: 'm' })?.severity,
  );
  const information = ['information', 'information', 'information'];
  assert.deepEqual(severities, ['error', 'warning', ...information]);
});

test('without a message there is no notice', () => {
  for (const params of [undefined, null, [], {}, { message: ' ' }, { message: 3 }]) {
    assert.equal(readNotice(params), undefined);
  }
});

test('a message has no link that VS Code would make clickable', () => {
  // How VS Code finds links in a message.
  const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
  for (const target of ['command:evil', 'https://evil.example', 'file:///etc/passwd']) {
    const message = `Set [a key](${target}), or [another](${target} "title").`;
    assert.match(message, link);
    assert.doesNotMatch(withoutLinks(message), link);
  }
  assert.equal(withoutLinks('items[0] (first)'), 'items[0] (first)');
});

test('a message is one line of characters that are seen', () => {
  assert.equal(withoutLinks('a\n\u001b[31mb\u202ec\u200b'), 'a [31mb c');
  assert.equal(withoutLinks('[a]\u200b(command:x)'), '[a] (command:x)');
});
