// The user's settings in VS Code.

import * as vscode from 'vscode';
import {
  asVariables,
  explicitValues,
  type Inspected,
  type Names,
  namesByScope,
  SECTION,
} from './core/scopes';

export class Settings {
  private readonly names: Names;

  constructor(extension: vscode.Extension<unknown>) {
    this.names = namesByScope(extension.packageJSON.contributes.configuration);
  }

  /** The section `codestral` that the server is sent: only what was set. */
  forServer(): Record<string, unknown> {
    return explicitValues(this.names.window, inspect);
  }

  /** `CODESTRAL_LS_…` variables for what only the user may set. */
  environment(): Record<string, string> {
    return asVariables(explicitValues(this.names.userOnly, inspect));
  }

  /** Whether a change needs a new server process. */
  needsRestart(change: vscode.ConfigurationChangeEvent): boolean {
    const names = [...this.names.userOnly, 'server'];
    return names.some((name) => change.affectsConfiguration(`${SECTION}.${name}`));
  }
}

/** A setting's value, its default if it was not set. */
export function value<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration(SECTION).get<T>(name, otherwise);
}

/** Writes a setting where it takes effect: in the workspace if it is set there, else for the user. */
export async function write(name: string, changed: unknown): Promise<void> {
  const inWorkspace = inspect(name)?.workspaceValue !== undefined;
  const target = inWorkspace
    ? vscode.ConfigurationTarget.Workspace
    : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration(SECTION).update(name, changed, target);
}

function inspect(name: string): Inspected | undefined {
  return vscode.workspace.getConfiguration(SECTION).inspect(name);
}
