// Other extensions that suggest as one types. VS Code mixes what all of them say; the user is told
// once, and decides.

import * as vscode from 'vscode';

const OTHERS = [
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
const TOLD = 'toldAboutOthers';

export async function tellAboutOthers(memory: vscode.Memento): Promise<void> {
  const told = memory.get<string[]>(TOLD, []);
  const others = OTHERS.map((id) => vscode.extensions.getExtension(id))
    .filter((extension) => extension !== undefined)
    // Some are part of VS Code itself and do nothing until the user signs in.
    .filter((extension) => !extension.packageJSON.isBuiltin && !told.includes(extension.id));
  const [first] = others;
  if (!first) {
    return;
  }
  await memory.update(TOLD, [...told, ...others.map((extension) => extension.id)]);
  const names = others.map((extension) => extension.packageJSON.displayName ?? extension.id).join(', ');
  const show = 'Show Extension';
  const answer = await vscode.window.showInformationMessage(
    `${names} also suggests as you type, and VS Code mixes its suggestions with Codestral's. ` +
      'To hear only one, disable the other.',
    show,
  );
  if (answer === show) {
    await vscode.commands.executeCommand('workbench.extensions.search', `@installed ${first.id}`);
  }
}
