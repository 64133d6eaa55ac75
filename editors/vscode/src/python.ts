// The Python that runs the server which comes with the extension.

import * as vscode from 'vscode';
import { firstUsablePython, onPath, pythonNames } from './core/programs';
import { value } from './settings';

/** A Python that is new enough: the setting's, else the PATH's, else the Python extension's. */
export async function findPython(cwd: string): Promise<string | undefined> {
  const configured = value('server.python', '');
  if (configured) {
    return firstUsablePython([configured], cwd);
  }
  return (
    (await firstUsablePython(onPath(pythonNames()), cwd)) ??
    (await firstUsablePython(await selectedPython(), cwd))
  );
}

interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(of: unknown): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** What the user selected in the Python extension. It may be part of the workspace, so trust counts. */
async function selectedPython(): Promise<string[]> {
  const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
  if (!extension || !vscode.workspace.isTrusted) {
    return [];
  }
  const { environments } = await extension.activate();
  const active = environments.getActiveEnvironmentPath();
  const environment = await environments.resolveEnvironment(active);
  const selected = environment?.executable.uri?.fsPath;
  return selected ? [selected] : [];
}
