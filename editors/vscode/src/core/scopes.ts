// How a setting reaches the server, which its scope in package.json decides.
//
// `window`: a repository may restrict it. The server asks for these, and gets what was set: by the
// user, and by the workspace and the folder as far as they restrict.
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
  readonly defaultValue?: unknown;
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

/** A setting's value, and whether the workspace or the folder wanted another one than it may. */
interface Restricted {
  readonly value: unknown;
  readonly refused: boolean;
}

/** Settings with few values, the strictest first. */
const STRICTEST_FIRST: readonly unknown[] = ['never', 'auto', 'always'];

/**
 * The value that was set, undefined if none was. What a workspace or a folder sets may be a
 * repository's, so it only restricts: lists are united, switches and numbers only go down from the
 * user's value, or from the default.
 */
export function restrictedValue(found: Inspected | undefined): Restricted {
  const { globalValue, defaultValue } = found ?? {};
  const planted = [found?.workspaceValue, found?.workspaceFolderValue];
  let value = globalValue;
  let refused = false;
  for (const wanted of planted.filter((each) => each !== undefined && each !== null)) {
    const from = value ?? defaultValue;
    if (Array.isArray(wanted) && (from === undefined || from === null || Array.isArray(from))) {
      value = [...new Set([...(from ?? []), ...wanted])];
    } else if (isStricter(wanted, from)) {
      value = wanted;
    } else if (wanted !== from) {
      refused = true;
    }
  }
  return { value, refused };
}

function isStricter(wanted: unknown, from: unknown): boolean {
  if (typeof wanted === 'boolean') {
    return !wanted && from === true;
  }
  if (typeof wanted === 'number') {
    return typeof from === 'number' && wanted < from;
  }
  const rank = STRICTEST_FIRST.indexOf(wanted);
  return rank >= 0 && rank < STRICTEST_FIRST.indexOf(from);
}

/** Those of the settings that were set, as far as each may be. Defaults do not count. */
export function restrictedValues(
  names: readonly string[],
  inspect: (name: string) => Inspected | undefined,
): Record<string, unknown> {
  const values = names.map((name) => [name, restrictedValue(inspect(name)).value] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Those of the settings that the user set. What a workspace sets does not count. */
export function userValues(
  names: readonly string[],
  inspect: (name: string) => Inspected | undefined,
): Record<string, unknown> {
  const values = names.map((name) => [name, inspect(name)?.globalValue] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The settings whose workspace or folder values do not count. */
export function ignoredNames(
  names: Names,
  inspect: (name: string) => Inspected | undefined,
): string[] {
  const refused = names.window.filter((name) => restrictedValue(inspect(name)).refused);
  const planted = names.userOnly.filter((name) => {
    const found = inspect(name);
    return found?.workspaceValue !== undefined || found?.workspaceFolderValue !== undefined;
  });
  return [...refused, ...planted];
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
