// A message to the user, and the actions that help.
//
// A server that knows of `initializationOptions.notices` sends `codestral/notice`, which names its
// remedies. A server that does not sends `window/showMessage`, which has none.

/** How serious a message is. */
export type Severity = 'error' | 'warning' | 'information';

/** What a button under a message runs. */
export interface Action {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

/** A message with its buttons. */
interface Notice {
  readonly severity: Severity;
  readonly message: string;
  readonly actions: readonly Action[];
}

export const OPEN_LOG: Action = { title: 'Open Log', command: 'codestral.openLog' };

/** Opens the settings editor with a search. */
export function openSettings(search: string): Action {
  return {
    title: 'Open Settings',
    command: 'workbench.action.openSettings',
    arguments: [search],
  };
}

const REMEDIES: ReadonlyMap<unknown, Action> = new Map([
  ['set-key', { title: 'Set API Key', command: 'codestral.setApiKey' }],
  ['open-settings', openSettings('@ext:codestral-ls.codestral-ls')],
  ['open-log', OPEN_LOG],
  ['run-doctor', { title: 'Run Doctor', command: 'codestral.doctor' }],
]);

/** The buttons for remedies. Unknown ones are ignored, since a newer server may know more. */
export function remedyActions(remedies: unknown): Action[] {
  const named = new Set<unknown>(Array.isArray(remedies) ? remedies : []);
  const actions = [...named].map((name) => REMEDIES.get(name));
  return actions.filter((action) => action !== undefined);
}

// MessageType in the Language Server Protocol. 3 is information, 4 a log entry, 5 debugging.
const SEVERITIES: ReadonlyMap<unknown, Severity> = new Map([
  [1, 'error'],
  [2, 'warning'],
]);

/**
 * Reads the parameters of `codestral/notice` or `window/showMessage`. Returns undefined where there is no message.
 */
export function readNotice(params: unknown): Notice | undefined {
  const { type, message, remedies } = (params ?? {}) as Record<string, unknown>;
  if (typeof message !== 'string' || !message.trim()) {
    return undefined;
  }
  return {
    severity: SEVERITIES.get(type) ?? 'information',
    message,
    actions: remedyActions(remedies),
  };
}

/**
 * The message as text and nothing more: one line without links. VS Code makes a link of
 * `[text](command:…)` in any message, and part of a message may come from a server's answer or a
 * repository. The server cleans its messages too; another program may stand in its place.
 */
export function withoutLinks(message: string): string {
  const line = message.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.replaceAll('](', '] (');
}
