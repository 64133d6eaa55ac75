import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inheritedKeys, keyProblem, keyVariables, noKeys, ownHost } from '../src/core/credentials';

const OWN = JSON.stringify({ host: 'models.example:8000', key: 'own' });

test('a key for Mistral is handed over whatever the endpoint is', () => {
  const variables = keyVariables({ mistral: 'key', endpoint: undefined }, 'https://a.example');
  assert.deepEqual(variables, { MISTRAL_API_KEY: 'key' });
});

test('a key for an endpoint is handed over only while that endpoint is set', () => {
  const stored = { mistral: undefined, endpoint: OWN };
  assert.deepEqual(keyVariables(stored, 'http://models.example:8000/v1'), {
    CODESTRAL_LS_API_KEY: 'own',
  });
  const others = ['http://models.example:9000', 'https://evil.example', 'models.example:8000'];
  for (const endpoint of [...others, '', null]) {
    assert.deepEqual(keyVariables(stored, endpoint), {}, String(endpoint));
  }
});

test('an endpoint of Mistral is not a host of the user', () => {
  assert.equal(ownHost('https://codestral.mistral.ai/v1'), undefined);
  assert.equal(ownHost('https://mistral.ai'), undefined);
  assert.equal(ownHost('https://mistral.ai.example'), 'mistral.ai.example');
  assert.equal(ownHost('https://notmistral.ai'), 'notmistral.ai');
});

test('without trust every key of the environment is hidden', () => {
  const environment = { MISTRAL_API_KEY: 'a', CODESTRAL_LS_API_KEY: 'b', PATH: '/bin' };
  assert.deepEqual(inheritedKeys({ ...environment, ...noKeys() }), []);
  assert.deepEqual(inheritedKeys(environment), ['MISTRAL_API_KEY', 'CODESTRAL_LS_API_KEY']);
});

test('a text that no key can be is refused while it is typed', () => {
  for (const typed of ['abc-DEF_123', '  pasted \n', '']) {
    assert.equal(keyProblem(typed), undefined);
  }
  for (const typed of ['two words', 'ключ', 'a\u200bb']) {
    assert.match(keyProblem(typed) ?? '', /no spaces/);
  }
});
