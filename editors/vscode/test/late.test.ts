import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type * as vscode from 'vscode';
import { LateAnswers } from '../src/core/late';

/** A token source as VS Code's. */
class Source {
  private readonly listeners: (() => void)[] = [];
  readonly token = {
    isCancellationRequested: false,
    onCancellationRequested: (listener: () => void) => this.listeners.push(listener),
  };

  cancel(): void {
    this.token.isCancellationRequested = true;
    for (const listener of this.listeners) {
      listener();
    }
  }
}

/** A user in a document, and a server that answers when it is told to. */
class Scene {
  readonly document = { uri: 'file:///a.py', version: 1 };
  readonly position = { line: 0, character: 4 };
  moved = false;
  triggered = 0;
  /** What VS Code does when it is made to ask. */
  asksAgain: () => unknown = () => undefined;
  /** The requests that reached the server. */
  readonly asked: { source: Source; answer: (items: string[]) => void }[] = [];
  private readonly sources: Source[] = [];
  private readonly late = new LateAnswers({
    isAt: () => !this.moved,
    trigger: async () => {
      this.triggered += 1;
      await this.asksAgain();
    },
    newCancellation: () => {
      const source = new Source();
      this.sources.push(source);
      return source as unknown as vscode.CancellationTokenSource;
    },
  });

  /** Whether a question here is the extension's own. */
  takeOwn(): boolean {
    return this.late.takeOwn(
      this.document as unknown as vscode.TextDocument,
      this.position as unknown as vscode.Position,
    );
  }

  /** VS Code asks; `popup` is what its popup has selected. */
  ask(popup?: object): { source: Source; answer: Promise<unknown> } {
    const source = new Source();
    const answer = this.late.ask(
      this.document as unknown as vscode.TextDocument,
      this.position as unknown as vscode.Position,
      { selectedCompletionInfo: popup } as vscode.InlineCompletionContext,
      source.token as unknown as vscode.CancellationToken,
      () =>
        new Promise((resolve) => {
          this.asked.push({
            source: this.sources.at(-1) ?? source,
            answer: (items) => resolve(items as unknown as vscode.InlineCompletionItem[]),
          });
        }),
    );
    return { source, answer };
  }
}

function scene(): Scene {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  return new Scene();
}

test('an answer in time is passed on', async () => {
  const user = scene();
  const { answer } = user.ask();
  user.asked[0]?.answer(['x']);
  assert.deepEqual(await answer, ['x']);
  assert.equal(user.triggered, 0);
});

test('an answer after VS Code gave up is kept, and is what VS Code gets when made to ask', async () => {
  const user = scene();
  const { source, answer } = user.ask();
  source.cancel();
  mock.timers.tick(1000);
  user.asked[0]?.answer(['x']);
  await answer;
  assert.equal(user.triggered, 1);
  assert.deepEqual(await user.ask().answer, ['x']);
  assert.equal(user.asked.length, 1);
});

test('a kept answer serves once, and at its place only', async () => {
  const user = scene();
  const { source, answer } = user.ask();
  source.cancel();
  user.asked[0]?.answer(['x']);
  await answer;
  user.document.version += 1;
  void user.ask();
  assert.equal(user.asked.length, 2);
});

test('what VS Code is made to ask is no request of the user', async () => {
  const user = scene();
  const isOwn: boolean[] = [];
  user.asksAgain = () => {
    isOwn.push(user.takeOwn(), user.takeOwn());
    return user.ask().answer;
  };
  const { source, answer } = user.ask();
  assert.equal(user.takeOwn(), false);
  source.cancel();
  user.asked[0]?.answer(['x']);
  await answer;
  assert.deepEqual(isOwn, [true, false]);
  assert.equal(user.takeOwn(), false);
  assert.equal(user.asked.length, 1);
});

test('a question that another one replaced in its place is not asked again', async () => {
  const user = scene();
  const first = user.ask();
  first.source.cancel();
  const second = user.ask();
  user.asked[0]?.answer(['x']);
  await first.answer;
  user.asked[1]?.answer(['x', 'y']);
  assert.deepEqual(await second.answer, ['x', 'y']);
  assert.equal(user.triggered, 0);
});

/** How often VS Code is made to ask, if an answer comes after it gave up and something happened. */
async function triggersFor(items: string[], happens: (user: Scene) => void): Promise<number> {
  const user = scene();
  const { source, answer } = user.ask();
  source.cancel();
  happens(user);
  mock.timers.tick(1000);
  user.asked[0]?.answer(items);
  await answer;
  return user.triggered;
}

test('nobody asks again where a late answer is of no use', async () => {
  assert.equal(await triggersFor(['x'], () => undefined), 1);
  const useless: Record<string, (user: Scene) => void> = {
    'the cursor went elsewhere': (user) => {
      mock.timers.tick(1000); // later than an edit would be announced
      user.moved = true;
    },
    'the popup has entries': (user) => void user.ask({ text: 'entry' }),
  };
  for (const [reason, happens] of Object.entries(useless)) {
    assert.equal(await triggersFor(['x'], happens), 0, reason);
  }
  assert.equal(await triggersFor([], () => undefined), 0, 'there are no items');
});

test('an edit cancels the request at the server too', async () => {
  let asked: Scene['asked'] = [];
  const triggered = await triggersFor(['x'], (user) => {
    user.document.version += 1;
    ({ asked } = user);
  });
  assert.equal(triggered, 0);
  assert.ok(asked[0]?.source.token.isCancellationRequested);
});
