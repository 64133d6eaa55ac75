// Which other extensions suggest as the user types. VS Code mixes the suggestions of all of them.

import type { Action } from './notice';

/** The part of VS Code's `Extension` that is used. */
interface Installed {
  readonly id: string;
  readonly packageJSON: { readonly isBuiltin?: boolean; readonly displayName?: string };
}

export const OTHERS = [
  'GitHub.copilot',
  'GitHub.copilot-chat',
  'Codeium.codeium',
  'TabNine.tabnine-vscode',
  'TabNine.tabnine-vscode-self-hosted-updater',
  'Supermaven.supermaven',
  'sourcegraph.cody-ai',
  'Continue.continue',
  'AmazonWebServices.amazon-q-vscode',
  'AmazonWebServices.codewhisperer-for-command-line-companion',
  'VisualStudioExptTeam.vscodeintellicode-completions',
  'Google.geminicodeassist',
  'JetBrains.jetbrains-ai-assistant',
  'TabbyML.vscode-tabby',
  'ggml-org.llama-vscode',
  'mistralai.mistral-code',
];

/** Those of the extensions that the user has not been told about. */
export function untold(
  installed: readonly (Installed | undefined)[],
  told: readonly string[],
): Installed[] {
  return (
    installed
      .filter((extension) => extension !== undefined)
      // Some are part of VS Code and do nothing until the user signs in.
      .filter(({ id, packageJSON }) => !packageJSON.isBuiltin && !told.includes(id))
  );
}

// More buttons than these make the message hard to read.
const MOST_SHOWN = 2;

/** Buttons that list the extensions, where they can be disabled. */
export function conflictActions(others: readonly Installed[]): Action[] {
  return others.slice(0, MOST_SHOWN).map(({ id, packageJSON }) => ({
    title: `Show ${packageJSON.displayName ?? id}`,
    command: 'workbench.extensions.search',
    arguments: [`@id:${id}`],
  }));
}

/** What the user is told about them. */
export function conflictMessage(others: readonly Installed[]): string {
  const names = others.map(({ id, packageJSON }) => packageJSON.displayName ?? id);
  const last = names.slice(-1);
  const listed = [names.slice(0, -1).join(', '), ...last].filter(Boolean).join(' and ');
  const verb = names.length > 1 ? 'also suggest' : 'also suggests';
  const disable = names.length > 1 ? 'disable the others' : 'disable the other extension';
  return (
    `${listed} ${verb} code as you type, and VS Code mixes those suggestions with Codestral's. ` +
    `To see only one kind, ${disable}.`
  );
}
