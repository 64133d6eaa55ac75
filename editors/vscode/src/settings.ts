// What the user set, and how it reaches the server.
//
// The scope of a setting in package.json decides the way. `window`: what a repository may decide;
// the server asks for it, and only what was explicitly set is told. `machine` and `application`:
// what only the user decides; handed over by environment when the server starts, where it counts as
// the user's word.

import * as vscode from 'vscode';

export const SECTION = 'codestral';

interface Contributed {
  readonly scope: string;
}

export class Settings {
  private readonly names = { anybodys: [] as string[], users: [] as string[] };

  constructor(extension: vscode.Extension<unknown>) {
    const sections = extension.packageJSON.contributes.configuration as {
      properties: Record<string, Contributed>;
    }[];
    for (const [key, { scope }] of sections.flatMap((section) => Object.entries(section.properties))) {
      const name = key.slice(SECTION.length + 1);
      if (!name.startsWith('server.')) {
        this.names[scope === 'window' ? 'anybodys' : 'users'].push(name);
      }
    }
  }

  /** The section `codestral` as the server is told it: explicitly set values only. */
  told(): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const name of this.names.anybodys) {
      const value = explicit(name);
      if (value !== undefined) {
        values[name] = value;
      }
    }
    return values;
  }

  /** `CODESTRAL_LS_…` variables for what only the user may set. */
  environment(): Record<string, string> {
    const variables: Record<string, string> = {};
    for (const name of this.names.users) {
      const value = explicit(name);
      if (value !== undefined && value !== null) {
        variables[variable(name)] = asText(value);
      }
    }
    return variables;
  }

  /** Whether a change needs a new server process. */
  needsRestart(change: vscode.ConfigurationChangeEvent): boolean {
    const names = [...this.names.users, 'server'];
    return names.some((name) => change.affectsConfiguration(`${SECTION}.${name}`));
  }
}

/** A setting's value, its default if it was not set. */
export function value<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration(SECTION).get<T>(name, otherwise);
}

/** Writes a setting where it counts: in the workspace if it is set there, else for the user. */
export async function write(name: string, changed: unknown): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const inWorkspace = configuration.inspect(name)?.workspaceValue !== undefined;
  const target = inWorkspace
    ? vscode.ConfigurationTarget.Workspace
    : vscode.ConfigurationTarget.Global;
  await configuration.update(name, changed, target);
}

function explicit(name: string): unknown {
  const found = vscode.workspace.getConfiguration(SECTION).inspect(name);
  // VS Code ignores workspace values of settings that are not the workspace's to set.
  return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
}

function variable(name: string): string {
  return 'CODESTRAL_LS_' + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function asText(found: unknown): string {
  if (Array.isArray(found)) {
    return found.join(',');
  }
  return typeof found === 'object' ? JSON.stringify(found) : String(found);
}
