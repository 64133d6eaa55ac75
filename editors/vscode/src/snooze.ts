// No automatic suggestions for a while, in this window.

import * as vscode from 'vscode';

const MINUTES = [5, 15, 30, 60, 120];
const UNTIL = 'snoozedUntil';

export class Snooze implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly memory: vscode.Memento) {
    this.wait();
  }

  /** When suggestions come back; undefined if they are not snoozed. */
  get until(): Date | undefined {
    const until = this.memory.get<number>(UNTIL, 0);
    return until > Date.now() ? new Date(until) : undefined;
  }

  /** Asks the user for how long. */
  async ask(): Promise<void> {
    const end = this.until ? [{ label: 'End the snooze', minutes: 0 }] : [];
    const choices = MINUTES.map((minutes) => ({ label: `${minutes} minutes`, minutes }));
    const other = { label: 'Other…', minutes: -1 };
    const picked = await vscode.window.showQuickPick([...end, ...choices, other], {
      title: 'No automatic suggestions for',
    });
    const minutes = picked?.minutes === -1 ? await askMinutes() : picked?.minutes;
    if (minutes !== undefined) {
      await this.set(minutes);
    }
  }

  private async set(minutes: number): Promise<void> {
    await this.memory.update(UNTIL, minutes ? Date.now() + minutes * 60_000 : undefined);
    this.wait();
    this.changed.fire();
  }

  private wait(): void {
    clearTimeout(this.timer);
    const { until } = this;
    if (until) {
      this.timer = setTimeout(() => this.changed.fire(), until.getTime() - Date.now());
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }
}

async function askMinutes(): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: 'No automatic suggestions for how many minutes?',
    // A timer cannot wait longer than 24 days; a day is a snooze already.
    validateInput: (typed) =>
      /^\d+$/.test(typed) && Number(typed) <= 1440 ? undefined : 'A number from 0 to 1440.',
  });
  return text ? Number(text) : undefined;
}
