// The status in words: one sentence, or a page that can be read, searched and pasted into a report.

import type { Phase, Status } from './protocol';
import { counted } from './sentences';

/** What is known of the server. */
interface Reported {
  readonly phase: Phase;
  readonly program:
    | { readonly command: string; readonly args: readonly string[]; readonly origin: string }
    | undefined;
  /** Why the server cannot be started. */
  readonly problem: string | undefined;
  readonly status: Status | undefined;
}

/** The page, one line for each fact. */
export function report({ phase, program, problem, status }: Reported): string {
  const rows: [string, string | undefined][] = [
    ['server', program && [program.command, ...program.args].join(' ')],
    ['found in', program?.origin],
    ['process', problem ?? phase],
  ];
  if (status) {
    const { lastError, until } = status;
    rows.push(
      ['version', status.version],
      ['state', until ? `${status.state} until ${until}` : status.state],
      ['which means', status.message],
      ['provider', status.provider],
      ['host', status.host || 'none: nothing leaves this machine'],
      ['model', status.model],
      ['last error', lastError ? `${lastError.message} (${lastError.at})` : 'none'],
      ['in short', summary(status.counters)],
      ['statistics', status.today || 'none are kept'],
      ...Object.entries(status.counters).map(([name, count]): [string, string] => [
        `  ${name}`,
        `${count}`,
      ]),
    );
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${oneLine(text ?? '')}`);
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** The counters as a sentence. */
export function summary(counters: Status['counters']): string {
  const of = (name: string): number => counters[name] ?? 0;
  const tokens = of('promptTokens') + of('completionTokens');
  const characters = of('accepted') ? ` (${counted(of('acceptedChars'), 'character')})` : '';
  return [
    counted(of('shown'), 'suggestion'),
    `${of('accepted')} accepted${characters}`,
    counted(of('requests'), 'request'),
    ...(tokens ? [counted(tokens, 'token')] : []),
  ].join(', ');
}

/** An error message of another program may have line ends; a row of the page has none. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
