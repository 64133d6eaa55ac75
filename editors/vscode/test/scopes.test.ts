import assert from 'node:assert/strict';
import { test } from 'node:test';
import packageJson from '../package.json';
import {
  asVariables,
  type Inspected,
  ignoredNames,
  namesByScope,
  restrictedValue,
  restrictedValues,
  userValues,
} from '../src/core/scopes';

test('settings are sorted by who may set them, those of the extension left out', () => {
  const properties = {
    'codestral.maxTokens': { scope: 'window' },
    'codestral.endpoint': { scope: 'machine' },
    'codestral.speculate': { scope: 'application' },
    'codestral.server.command': { scope: 'machine' },
  };
  assert.deepEqual(namesByScope([{ properties }]), {
    window: ['maxTokens'],
    userOnly: ['endpoint', 'speculate'],
  });
});

test('no setting of the package that decides where code goes is one for repositories', () => {
  const { window, userOnly } = namesByScope(packageJson.contributes.configuration);
  for (const name of ['endpoint', 'provider', 'headers', 'proxy', 'apiKeyCommand']) {
    assert.ok(userOnly.includes(name), name);
    assert.ok(!window.includes(name), name);
  }
});

test('a workspace and its folders only restrict what the user set', () => {
  const cases: [Inspected, unknown, boolean][] = [
    [{ globalValue: false, workspaceValue: true }, false, true],
    [{ defaultValue: true, workspaceValue: true }, undefined, false],
    [{ defaultValue: true, workspaceValue: false }, false, false],
    [{ globalValue: true, workspaceFolderValue: false }, false, false],
    [{ globalValue: 0, workspaceValue: 4000 }, 0, true],
    [{ globalValue: 300, workspaceValue: 200, workspaceFolderValue: 250 }, 200, true],
    [{ defaultValue: 128, workspaceValue: 500 }, undefined, true],
    [{ defaultValue: 128, workspaceValue: 64 }, 64, false],
    [{ globalValue: ['a'], workspaceValue: [] }, ['a'], false],
    [
      { globalValue: ['a'], workspaceValue: ['b'], workspaceFolderValue: ['a', 'c'] },
      ['a', 'b', 'c'],
      false,
    ],
    [{ globalValue: 'never', workspaceValue: 'always' }, 'never', true],
    [{ defaultValue: 'auto', workspaceValue: 'never' }, 'never', false],
    [{ defaultValue: 'auto', workspaceValue: 'odd' }, undefined, true],
    [{ globalValue: ['a'], workspaceValue: 'b' }, ['a'], true],
    [{ globalValue: true, workspaceValue: null }, true, false],
    [{ globalValue: 500 }, 500, false],
  ];
  for (const [found, value, refused] of cases) {
    assert.deepEqual(restrictedValue(found), { value, refused }, JSON.stringify(found));
  }
});

test('what only the user may set is never taken from a workspace', () => {
  const found: Record<string, Inspected> = {
    endpoint: { globalValue: 'a', workspaceValue: 'b', workspaceFolderValue: 'c' },
    provider: { workspaceValue: 'mistral' },
  };
  const inspect = (name: string): Inspected | undefined => found[name];
  assert.deepEqual(userValues(['endpoint', 'provider'], inspect), { endpoint: 'a' });
});

test('the names of all values that do not count are known', () => {
  const found: Record<string, Inspected> = {
    enabled: { globalValue: false, workspaceValue: true },
    maxTokens: { defaultValue: 128, workspaceValue: 64 },
    endpoint: { workspaceValue: 'b' },
    proxy: { globalValue: 'b' },
  };
  const names = { window: ['enabled', 'maxTokens'], userOnly: ['endpoint', 'proxy'] };
  assert.deepEqual(
    ignoredNames(names, (name) => found[name]),
    ['enabled', 'endpoint'],
  );
});

test('defaults are not sent', () => {
  const found: Record<string, Inspected> = {
    maxTokens: { defaultValue: 128, workspaceValue: 64 },
    multiline: { defaultValue: 'auto' },
  };
  const values = restrictedValues(['maxTokens', 'multiline', 'unknown'], (name) => found[name]);
  assert.deepEqual(values, { maxTokens: 64 });
});

test('settings of the user become variables as the server reads them', () => {
  const values = {
    caBundle: '/etc/ca.pem',
    debounceMs: 0,
    allowInsecure: false,
    trustedHosts: ['a.example', 'b.example:8000'],
    headers: { 'X-Team': 'tools' },
    model: null,
  };
  assert.deepEqual(asVariables(values), {
    CODESTRAL_LS_CA_BUNDLE: '/etc/ca.pem',
    CODESTRAL_LS_DEBOUNCE_MS: '0',
    CODESTRAL_LS_ALLOW_INSECURE: 'false',
    CODESTRAL_LS_TRUSTED_HOSTS: 'a.example,b.example:8000',
    CODESTRAL_LS_HEADERS: '{"X-Team":"tools"}',
  });
});
