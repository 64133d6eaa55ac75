// Tells the user, once, of other extensions that suggest as they type.

import * as vscode from 'vscode';
import { conflictMessage, OTHERS, untold } from './core/conflicts';
import { tell } from './messages';

const TOLD = 'toldAboutOthers';

export async function tellAboutOthers(memory: vscode.Memento): Promise<void> {
  const told = memory.get<string[]>(TOLD, []);
  const others = untold(
    OTHERS.map((id) => vscode.extensions.getExtension(id)),
    told,
  );
  const [first] = others;
  if (!first) {
    return;
  }
  await memory.update(TOLD, [...told, ...others.map(({ id }) => id)]);
  tell('information', conflictMessage(others), {
    title: 'Show Extension',
    command: 'workbench.extensions.search',
    arguments: [`@installed ${first.id}`],
  });
}
