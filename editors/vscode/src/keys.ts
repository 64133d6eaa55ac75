// API keys. They are kept in VS Code's secret storage and reach the server through the environment
// of its process, never through settings.

import * as vscode from 'vscode';
import {
  type EndpointKey,
  inheritedKeys,
  keyProblem,
  keyVariables,
  ownHost,
} from './core/credentials';
import { tell } from './messages';
import { value } from './settings';

const MISTRAL = 'mistral';
const ENDPOINT = 'endpoint';

export class Keys {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** The variables that hand the stored keys to the server. */
  async environment(): Promise<Record<string, string>> {
    const stored = {
      mistral: await this.secrets.get(MISTRAL),
      endpoint: await this.secrets.get(ENDPOINT),
    };
    return keyVariables(stored, endpoint());
  }

  /** Asks the user for a key. The server restarts when the secret changes. */
  async ask(): Promise<void> {
    const host = await askHost();
    if (host === undefined) {
      return;
    }
    const typed = await vscode.window.showInputBox({
      title: host ? `API key for ${host}` : 'API key for Codestral',
      prompt: host
        ? `The key is sent to ${host} only.`
        : 'Get a key at console.mistral.ai. It is sent to Mistral only.',
      password: true,
      ignoreFocusOut: true,
      validateInput: keyProblem,
    });
    const key = typed?.trim();
    if (!key) {
      return;
    }
    if (host) {
      await this.secrets.store(ENDPOINT, JSON.stringify({ host, key } satisfies EndpointKey));
    } else {
      await this.secrets.store(MISTRAL, key);
    }
  }

  /** Deletes all stored keys. */
  async clear(): Promise<void> {
    await this.secrets.delete(MISTRAL);
    await this.secrets.delete(ENDPOINT);
    const inherited = inheritedKeys(process.env).join(' and ');
    const rest = inherited && ` The key in your environment (${inherited}) is still used.`;
    tell('information', `The stored API keys were deleted.${rest}`);
  }
}

/** Which host the key is for: the user's own, '' for Mistral, undefined if the user cancelled. */
async function askHost(): Promise<string | undefined> {
  const host = ownHost(endpoint());
  if (!host) {
    return '';
  }
  const picked = await vscode.window.showQuickPick(
    [
      { label: host, description: 'the endpoint in your settings', host },
      { label: 'Mistral', description: 'api.mistral.ai, codestral.mistral.ai', host: '' },
    ],
    { title: 'Which host is the key for?' },
  );
  return picked?.host;
}

function endpoint(): string | null {
  return value<string | null>('endpoint', null);
}
