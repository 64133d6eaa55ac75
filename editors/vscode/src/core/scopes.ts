// How a setting reaches the server, which its scope in package.json decides.
//
// `window`: a repository may set it. The server asks for these, and gets what was set.
// `machine` and `application`: only the user may set it. These go into the environment of the
// server's process, which the server takes for the user's own choice.

/** `contributes.configuration` in package.json. */
type Sections = readonly {
  readonly properties: Readonly<Record<string, { readonly scope: string }>>;
}[];

/** The names of the server's settings, without the section's name. */
export interface Names {
  readonly window: readonly string[];
  readonly userOnly: readonly string[];
}

/** The values of one setting, as VS Code's `inspect` returns them. */
export interface Inspected {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

export const SECTION = 'codestral';

/** Sorts the settings by who may set them. Those of the extension itself are left out. */
export function namesByScope(sections: Sections): Names {
  const names = { window: [] as string[], userOnly: [] as string[] };
  const entries = sections.flatMap((section) => Object.entries(section.properties));
  for (const [key, { scope }] of entries) {
    const name = key.slice(SECTION.length + 1);
    if (!name.startsWith('server.')) {
      names[scope === 'window' ? 'window' : 'userOnly'].push(name);
    }
  }
  return names;
}

/** The value that was set, undefined if none was. Defaults do not count. */
export function explicitValue(found: Inspected | undefined): unknown {
  // VS Code ignores workspace values of settings that a workspace may not set.
  return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
}

/** Those of the settings that were set. */
export function explicitValues(
  names: readonly string[],
  inspect: (name: string) => Inspected | undefined,
): Record<string, unknown> {
  const values = names.map((name) => [name, explicitValue(inspect(name))] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Settings as the `CODESTRAL_LS_…` variables that the server reads. */
export function asVariables(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [variable(name), asText(value)]));
}

function variable(name: string): string {
  return `CODESTRAL_LS_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function asText(value: unknown): string {
  if (Array.isArray(value)) {
    return value.join(',');
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
