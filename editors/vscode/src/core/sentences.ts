// Small parts of sentences.

/** A count with its noun: `1 request`, `3 requests`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

// A clock time says more than a count of seconds from here on.
const SOON_S = 100;

/** When the provider is asked again. `until` as in the status: null when the next key may ask. */
export function asksAgain(until: string | null, now: number): string {
  const seconds = until ? Math.ceil((Date.parse(until) - now) / 1000) : 0;
  if (!(seconds > 0)) {
    return 'Asks again at the next key.';
  }
  if (until && seconds >= SOON_S) {
    const at = new Date(until).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    return `Asks again at ${at}.`;
  }
  return `Asks again in ${seconds} s.`;
}
