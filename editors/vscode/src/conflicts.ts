// Tells the user, once, of other extensions that suggest as they type.

import * as vscode from 'vscode';
import { conflictActions, conflictMessage, OTHERS, untold } from './core/conflicts';
import { tell } from './messages';

const TOLD = 'toldAboutOthers';

export async function tellAboutOthers(memory: vscode.Memento): Promise<void> {
  const told = memory.get<string[]>(TOLD, []);
  const others = untold(
    OTHERS.map((id) => vscode.extensions.getExtension(id)),
    told,
  );
  if (others.length === 0) {
    return;
  }
  await memory.update(TOLD, [...told, ...others.map(({ id }) => id)]);
  tell('information', conflictMessage(others), ...conflictActions(others));
}
