// The answer to `codestral-ls.why` as the rows of a list: the reason first, then what helps.

import { type Action, remedyActions, withoutLinks } from './notice';
import type { RequestRecord, Why } from './protocol';
import { asksAgain } from './sentences';

/** A row; one without anything but a label of kind `separator` begins a group. */
export interface Row {
  readonly label: string;
  readonly detail?: string;
  readonly description?: string;
  readonly separator?: boolean;
  /** What choosing the row does. */
  readonly action?: Action;
  /** Choosing the row shows these in its place. */
  readonly rows?: readonly Row[];
}

export function whyRows(why: Why, now: number): Row[] {
  const [first, rest] = firstSentence(withoutLinks(why.answer));
  const again = why.until ? asksAgain(why.until, now) : '';
  const detail = [rest, again].filter(Boolean).join(' ');
  const rows: Row[] = [{ label: `$(info) ${first}`, ...(detail && { detail }) }];
  for (const action of remedyActions(why.remedies)) {
    rows.push({ label: `$(arrow-right) ${action.title}`, action });
  }
  if (why.seen.length > 0) {
    const seen = why.seen.map((line) => ({ label: withoutLinks(line) }));
    rows.push({ label: '$(eye) What the model saw…', rows: seen });
  }
  if (why.earlier.length > 0) {
    rows.push({ label: 'requests in this file, newest first', separator: true });
    rows.push(...why.earlier.map(requestRow));
  }
  return rows;
}

/** The answer in one line, for the status bar. */
export function whyLine(why: Why, now: number): string {
  const again = why.until ? ` ${asksAgain(why.until, now)}` : '';
  // `$(` begins an icon there.
  return `Codestral: ${withoutLinks(why.answer)}${again}`.replaceAll('$(', '$ (');
}

const OUTCOMES: Readonly<Record<string, readonly [icon: string, words: string]>> = {
  suggestion: ['sparkle', 'Suggested'],
  nothing: ['dash', 'Nothing suggested'],
  failed: ['error', 'Failed'],
  superseded: ['debug-step-over', 'Overtaken'],
  cancelled: ['circle-slash', 'Cancelled'],
};

function requestRow(record: RequestRecord): Row {
  const [icon, words] = OUTCOMES[record.outcome] ?? ['dash', record.outcome];
  const total = record.timingsMs.total;
  const time = new Date(record.at).toLocaleTimeString();
  return {
    label: `$(${icon}) ${words}`,
    description: `line ${record.line + 1}, ${time}${total ? `, ${Math.round(total)} ms` : ''}`,
    detail: withoutLinks(record.reason),
  };
}

/** A row's label holds one sentence; a host's name has dots too, but no space after them. */
function firstSentence(text: string): [string, string] {
  const end = text.search(/[.?!] (?=[\p{Lu}"])/u);
  return end < 0 ? [text, ''] : [text.slice(0, end + 1), text.slice(end + 2)];
}
