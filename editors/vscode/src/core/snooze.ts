// When suggestions come back after a snooze.

/** The part of VS Code's `Memento` that is used. */
interface Memory {
  get<T>(key: string, otherwise: T): T;
  update(key: string, value: unknown): PromiseLike<void>;
}

const UNTIL = 'snoozedUntil';
// A timer cannot wait longer than 24 days; nobody snoozes for more than one.
const MOST_MINUTES = 1440;

export class SnoozeTimer {
  private timer: NodeJS.Timeout | undefined;

  /** Continues a snooze of an earlier session; `changed` is called when one begins or ends. */
  constructor(
    private readonly memory: Memory,
    private readonly changed: () => void,
  ) {
    this.wait();
  }

  /** When suggestions come back; undefined if they are not snoozed. */
  get until(): Date | undefined {
    const until = this.memory.get<number>(UNTIL, 0);
    return until > Date.now() ? new Date(until) : undefined;
  }

  /** Snoozes from now on; 0 minutes end a snooze. */
  async set(minutes: number): Promise<void> {
    await this.memory.update(UNTIL, minutes ? Date.now() + minutes * 60_000 : undefined);
    this.wait();
    this.changed();
  }

  private wait(): void {
    clearTimeout(this.timer);
    const { until } = this;
    if (until) {
      this.timer = setTimeout(this.changed, until.getTime() - Date.now());
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}

/** What is wrong with a number of minutes that was typed, undefined if nothing is. */
export function minutesProblem(typed: string): string | undefined {
  const allowed = /^\d+$/.test(typed) && Number(typed) <= MOST_MINUTES;
  return allowed ? undefined : `Enter a number from 0 to ${MOST_MINUTES}.`;
}
