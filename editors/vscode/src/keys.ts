// API keys: in VS Code's secret storage, handed to the server by environment, never by settings.

import * as vscode from 'vscode';
import { value } from './settings';

const MISTRAL = 'mistral';
const ENDPOINT = 'endpoint';
const VARIABLES = ['MISTRAL_API_KEY', 'CODESTRAL_API_KEY', 'CODESTRAL_LS_API_KEY'];

/** A key for a host of the user's, bound to it: another endpoint later must not be sent it. */
interface EndpointKey {
  readonly host: string;
  readonly key: string;
}

export class Keys {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** The variables that hand the stored keys to the server. */
  async environment(): Promise<Record<string, string>> {
    const variables: Record<string, string> = {};
    const mistral = await this.secrets.get(MISTRAL);
    if (mistral) {
      variables['MISTRAL_API_KEY'] = mistral;
    }
    const stored = await this.secrets.get(ENDPOINT);
    const endpoint = stored ? (JSON.parse(stored) as EndpointKey) : undefined;
    if (endpoint && endpoint.host === ownHost()) {
      variables['CODESTRAL_LS_API_KEY'] = endpoint.key;
    }
    return variables;
  }

  /** Variables that take away whatever key the editor's own environment holds. */
  static none(): Record<string, string> {
    return Object.fromEntries(VARIABLES.map((name) => [name, '']));
  }

  /** Asks the user for a key. The server restarts when the secret changes. */
  async ask(): Promise<void> {
    const host = await askHost();
    if (host === undefined) {
      return;
    }
    const key = await vscode.window.showInputBox({
      title: host ? `API key for ${host}` : 'API key for Codestral',
      prompt: host ? `It is sent to ${host} only.` : 'From console.mistral.ai; it is sent to Mistral only.',
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) =>
        /^[\x21-\x7e]*$/.test(text.trim()) ? undefined : 'This holds spaces or characters that no key has.',
    });
    if (!key?.trim()) {
      return;
    }
    if (host) {
      await this.secrets.store(ENDPOINT, JSON.stringify({ host, key: key.trim() } satisfies EndpointKey));
    } else {
      await this.secrets.store(MISTRAL, key.trim());
    }
  }

  /** Forgets all stored keys. */
  async clear(): Promise<void> {
    await this.secrets.delete(MISTRAL);
    await this.secrets.delete(ENDPOINT);
    const inherited = VARIABLES.filter((name) => process.env[name]);
    const rest = inherited.length ? ` ${inherited.join(' and ')} in your environment still counts.` : '';
    void vscode.window.showInformationMessage(`The stored API keys are gone.${rest}`);
  }
}

/** Whom the key is for: a host of the user's, '' for Mistral, undefined if the user left. */
async function askHost(): Promise<string | undefined> {
  const host = ownHost();
  if (!host) {
    return '';
  }
  const picked = await vscode.window.showQuickPick(
    [
      { label: host, description: 'the endpoint in your settings', host },
      { label: 'Mistral', description: 'api.mistral.ai, codestral.mistral.ai', host: '' },
    ],
    { title: 'Whom is the key for?' },
  );
  return picked?.host;
}

/** Host and port of the endpoint that the user set, unless it is Mistral's. */
function ownHost(): string | undefined {
  const endpoint = value<string | null>('endpoint', null);
  if (!endpoint || !URL.canParse(endpoint)) {
    return undefined;
  }
  const { host } = new URL(endpoint);
  return /(^|\.)mistral\.ai$/.test(host) ? undefined : host;
}
