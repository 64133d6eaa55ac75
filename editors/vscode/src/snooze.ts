// No automatic suggestions for a while, in this window.

import * as vscode from 'vscode';
import { minutesProblem, SnoozeTimer } from './core/snooze';

const MINUTES = [5, 15, 30, 60, 120];
const OTHER = -1;

export class Snooze implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** A snooze began or ended. */
  readonly onChange = this.changed.event;
  private readonly timer: SnoozeTimer;

  constructor(memory: vscode.Memento) {
    this.timer = new SnoozeTimer(memory, () => this.changed.fire());
  }

  /** When suggestions come back; undefined if they are not snoozed. */
  get until(): Date | undefined {
    return this.timer.until;
  }

  /** Asks the user for how long. */
  async ask(): Promise<void> {
    const end = this.until ? [{ label: 'End the snooze', minutes: 0 }] : [];
    const choices = MINUTES.map((minutes) => ({ label: `${minutes} minutes`, minutes }));
    const other = { label: 'Other…', minutes: OTHER };
    const picked = await vscode.window.showQuickPick([...end, ...choices, other], {
      title: 'No automatic suggestions for',
    });
    const minutes = picked?.minutes === OTHER ? await askMinutes() : picked?.minutes;
    if (minutes !== undefined) {
      await this.timer.set(minutes);
    }
  }

  dispose(): void {
    this.timer.dispose();
    this.changed.dispose();
  }
}

async function askMinutes(): Promise<number | undefined> {
  const typed = await vscode.window.showInputBox({
    title: 'No automatic suggestions for how many minutes?',
    validateInput: minutesProblem,
  });
  return typed ? Number(typed) : undefined;
}
