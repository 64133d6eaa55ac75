// API keys. They are kept in VS Code's secret storage and reach the server through the environment
// of its process, never through settings.

import * as vscode from 'vscode';
import { type EndpointKey, inheritedKeys, keyVariables, ownHost } from './core/credentials';
import type { KeyCheck } from './core/keycheck';
import { KeyBox } from './keybox';
import { tell } from './messages';
import { value } from './settings';

const MISTRAL = 'mistral';
const ENDPOINT = 'endpoint';

export class Keys {
  /** Asks a host whether it accepts a key; set once there is a server to ask. */
  check: (key: string, host: string) => Promise<KeyCheck | undefined> = async () => undefined;

  constructor(private readonly secrets: vscode.SecretStorage) {
    secrets.onDidChange(() => void this.tellContext());
    void this.tellContext();
  }

  /** The palette offers to clear keys only where there are some. */
  private async tellContext(): Promise<void> {
    const stored = await this.areStored();
    await vscode.commands.executeCommand('setContext', 'codestral.hasKeys', stored);
  }

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
    const key = await new KeyBox(host, (typed) => this.check(typed, host)).ask();
    if (!key) {
      return;
    }
    if (host) {
      await this.secrets.store(ENDPOINT, JSON.stringify({ host, key } satisfies EndpointKey));
    } else {
      await this.secrets.store(MISTRAL, key);
    }
  }

  /** Whether there are keys that `clear` would delete. */
  async areStored(): Promise<boolean> {
    return Boolean((await this.secrets.get(MISTRAL)) ?? (await this.secrets.get(ENDPOINT)));
  }

  /** Deletes all stored keys, if the user says so. */
  async clear(): Promise<void> {
    const question = 'Delete the API keys that you stored in VS Code?';
    const yes = 'Delete';
    if ((await vscode.window.showWarningMessage(question, { modal: true }, yes)) !== yes) {
      return;
    }
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
