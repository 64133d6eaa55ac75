// What the status bar item shows, for a state of the server and the user's switches.

import type { Phase, Status } from './protocol';
import { asksAgain } from './sentences';

// Most answers come sooner. A spinner at every key would flicker at the edge of the eye.
export const SLOW_MS = 500;

export interface Face {
  readonly icon: string;
  /** The first sentence of the hover. */
  readonly headline: string;
  readonly suffix?: string;
  readonly warns?: boolean;
}

/** Everything that the face depends on. */
export interface Circumstances {
  readonly phase: Phase;
  /** Why the server cannot be started. */
  readonly problem: string | undefined;
  readonly status: Status | undefined;
  /** Since when the oldest unanswered request has been waiting, in ms since 1970. */
  readonly waitingSince: number | undefined;
  readonly snoozedUntil: Date | undefined;
  /** The language of the file in front, if suggestions are switched off for it. */
  readonly disabledLanguage: string | undefined;
  /** Whether VS Code shows inline suggestions at all. */
  readonly inlineSuggestEnabled: boolean;
  readonly now: number;
}

export function face(circumstances: Circumstances): Face {
  return (
    ofProcess(circumstances) ??
    ofTrouble(circumstances) ??
    ofSwitches(circumstances) ??
    ofWork(circumstances)
  );
}

function ofProcess({ phase, problem }: Circumstances): Face | undefined {
  switch (phase) {
    case 'failed':
      return { icon: 'error', headline: problem ?? 'The server does not start.', warns: true };
    case 'stopped':
      return {
        icon: 'error',
        headline: 'The server is not running. Restart it from the menu.',
        warns: true,
      };
    case 'starting':
      return { icon: 'loading~spin', headline: 'The server is starting.' };
    case 'running':
      return undefined;
  }
}

function ofTrouble({ status, now }: Circumstances): Face | undefined {
  if (!status) {
    return undefined;
  }
  const headline = `${status.message} ${asksAgain(status.until, now)}`;
  switch (status.state) {
    case 'unauthorized':
      return { icon: 'key', headline: status.message, warns: true };
    case 'loading':
      return { icon: 'loading~spin', headline: status.message };
    case 'limited':
      return { icon: 'watch', headline };
    case 'offline':
      return { icon: 'debug-disconnect', headline };
    default:
      return undefined;
  }
}

/** Why nothing is suggested automatically, by the user's own choice. */
function ofSwitches(circumstances: Circumstances): Face | undefined {
  const { snoozedUntil, status, disabledLanguage, inlineSuggestEnabled, now } = circumstances;
  if (snoozedUntil) {
    const minutes = Math.ceil((snoozedUntil.getTime() - now) / 60_000);
    const at = snoozedUntil.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    return { icon: 'bell-slash', headline: `Snoozed until ${at}.`, suffix: `(${minutes} min)` };
  }
  const off = (headline: string): Face => ({ icon: 'circle-slash', headline });
  if (status?.state === 'disabled') {
    return off(status.message);
  }
  if (disabledLanguage) {
    return off(`Automatic suggestions are turned off for ${disabledLanguage}.`);
  }
  return inlineSuggestEnabled ? undefined : off('The setting editor.inlineSuggest.enabled is off.');
}

function ofWork({ status, waitingSince, now }: Circumstances): Face {
  if (waitingSince !== undefined && now - waitingSince >= SLOW_MS) {
    return { icon: 'loading~spin', headline: 'Waiting for an answer.' };
  }
  return { icon: 'sparkle', headline: status?.message ?? 'The server is starting.' };
}
