import assert from 'node:assert/strict';
import { test } from 'node:test';
import packageJson from '../package.json';
import {
  asVariables,
  explicitValue,
  explicitValues,
  type Inspected,
  namesByScope,
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

test('the folder wins over the workspace, the workspace over the user', () => {
  const all = { globalValue: 1, workspaceValue: 2, workspaceFolderValue: 3 };
  assert.equal(explicitValue(all), 3);
  assert.equal(explicitValue({ globalValue: 1, workspaceValue: 2 }), 2);
  assert.equal(explicitValue({ globalValue: false }), false);
});

test('defaults are not sent', () => {
  const found: Record<string, Inspected & { defaultValue: unknown }> = {
    maxTokens: { defaultValue: 128, workspaceValue: 64 },
    multiline: { defaultValue: 'auto' },
  };
  const values = explicitValues(['maxTokens', 'multiline', 'unknown'], (name) => found[name]);
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
