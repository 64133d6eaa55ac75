// Which API key goes to the server, and through which variable of its environment.

/** A key for a host of the user's own. It is bound to that host and never sent to another. */
export interface EndpointKey {
  readonly host: string;
  readonly key: string;
}

/** The keys in VS Code's secret storage. */
interface StoredKeys {
  readonly mistral: string | undefined;
  /** An EndpointKey as JSON. */
  readonly endpoint: string | undefined;
}

const VARIABLES = ['MISTRAL_API_KEY', 'CODESTRAL_API_KEY', 'CODESTRAL_LS_API_KEY'];

/** The variables that hand stored keys to the server, for the endpoint that is set now. */
export function keyVariables(stored: StoredKeys, endpoint: string | null): Record<string, string> {
  const variables: Record<string, string> = {};
  if (stored.mistral) {
    variables.MISTRAL_API_KEY = stored.mistral;
  }
  const own = stored.endpoint ? (JSON.parse(stored.endpoint) as EndpointKey) : undefined;
  if (own && own.host === ownHost(endpoint)) {
    variables.CODESTRAL_LS_API_KEY = own.key;
  }
  return variables;
}

/** Variables that hide every key in the editor's own environment from the server. */
export function noKeys(): Record<string, string> {
  return Object.fromEntries(VARIABLES.map((name) => [name, '']));
}

/** The variables of an environment that hold a key. */
export function inheritedKeys(environment: NodeJS.ProcessEnv): string[] {
  return VARIABLES.filter((name) => environment[name]);
}

/** Host and port of the endpoint; undefined if there is none, or if it is one of Mistral's. */
export function ownHost(endpoint: string | null): string | undefined {
  if (!endpoint || !URL.canParse(endpoint)) {
    return undefined;
  }
  const { host } = new URL(endpoint);
  return /(^|\.)mistral\.ai$/.test(host) ? undefined : host;
}

/** What is wrong with a key that was typed, undefined if nothing is. */
export function keyProblem(typed: string): string | undefined {
  return /^[\x21-\x7e]*$/.test(typed.trim())
    ? undefined
    : 'A key has no spaces and only plain ASCII characters.';
}
