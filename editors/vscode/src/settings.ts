// The user's settings in VS Code.

import * as vscode from 'vscode';
import {
  asVariables,
  type Inspected,
  ignoredNames,
  type Names,
  namesByScope,
  restrictedValue,
  restrictedValues,
  SECTION,
  userValues,
} from './core/scopes';
import { tell } from './messages';

export class Settings {
  private readonly names: Names;
  private readonly told = new Set<string>();

  constructor(extension: vscode.Extension<unknown>) {
    this.names = namesByScope(extension.packageJSON.contributes.configuration);
  }

  /** The section `codestral` that the server is sent: only what was set. */
  forServer(): Record<string, unknown> {
    this.tellIgnored();
    return restrictedValues(this.names.window, inspect);
  }

  /** Says once which values of the workspace do not count. */
  private tellIgnored(): void {
    const ignored = ignoredNames(this.names, inspect).filter((name) => !this.told.has(name));
    if (ignored.length > 0) {
      for (const name of ignored) {
        this.told.add(name);
      }
      const listed = ignored.map((name) => `${SECTION}.${name}`).join(', ');
      tell(
        'warning',
        `The settings of this workspace can only restrict, so these are ignored: ${listed}. Set them in your user settings if you want them.`,
      );
    }
  }

  /** `CODESTRAL_LS_…` variables for what only the user may set. */
  environment(): Record<string, string> {
    return asVariables(userValues(this.names.userOnly, inspect));
  }

  /** Whether a change needs a new server process. */
  needsRestart(change: vscode.ConfigurationChangeEvent): boolean {
    const names = [...this.names.userOnly, 'server'];
    return names.some((name) => change.affectsConfiguration(`${SECTION}.${name}`));
  }
}

/** A setting's value in effect, its default if it was not set. */
export function value<T>(name: string, otherwise: T): T {
  const found = inspect(name);
  return (restrictedValue(found).value ?? found?.defaultValue ?? otherwise) as T;
}

/**
 * Writes a setting for the user. Where the workspace restricts it, its value is removed: the user,
 * who sees both, has the last word.
 */
export async function write(name: string, changed: unknown): Promise<void> {
  const section = vscode.workspace.getConfiguration(SECTION);
  if (inspect(name)?.workspaceValue !== undefined) {
    await section.update(name, undefined, vscode.ConfigurationTarget.Workspace);
  }
  await section.update(name, changed, vscode.ConfigurationTarget.Global);
}

function inspect(name: string): Inspected | undefined {
  return vscode.workspace.getConfiguration(SECTION).inspect(name);
}
