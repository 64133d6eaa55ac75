// The server's log, which it writes to stderr.

type Level = 'debug' | 'info' | 'warn' | 'error';

// 2026-11-22 20:00:00,123 WARNING ...
const LINE = /^[\d-]+ [\d:,]+ (DEBUG|INFO|WARNING|ERROR) (.*)$/;
const LEVELS: Readonly<Record<string, Level>> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn' };

/** The level and text of a line. What has no level is an interpreter's last words. */
export function readLogLine(line: string): { readonly level: Level; readonly text: string } {
  const [, level = '', text = line] = LINE.exec(line) ?? [];
  return { level: LEVELS[level] ?? 'error', text };
}
