import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as vscode from 'vscode';
import { Growing } from '../src/core/growing';

const URI = 'file:///a.py';

/** A user in a document, and a screen that counts how often it was made to ask. */
class Scene {
  readonly document = { uri: URI, version: 1 };
  readonly position = { line: 0, character: 4 };
  moved = false;
  asked = 0;
  grows = false;
  /** How many times the editor does nothing when it is made to ask. */
  ignored = 0;
  /** The editor never says what became of its question. */
  hangs = false;
  readonly growing = new Growing({
    isAt: () => !this.moved,
    askAgain: async () => {
      this.asked += 1;
      if (this.hangs) {
        await new Promise(() => undefined);
      }
      this.answered();
      return this.asked > this.ignored;
    },
    setGrowing: (grows) => {
      this.grows = grows;
    },
  });

  answered(): void {
    this.growing.answered(
      this.document as unknown as vscode.TextDocument,
      this.position as unknown as vscode.Position,
    );
  }

  more(ready: boolean, done = false, uri = URI): Promise<void> {
    const news = { textDocument: { uri }, id: 'x', ready, done };
    return this.growing.more(news, (document) => document.uri as unknown as string);
  }
}

test('the editor asks again when there is more of what is shown', async () => {
  const user = new Scene();
  user.answered();
  await user.more(false);
  assert.equal(user.asked, 0);
  assert.ok(user.grows);
  await user.more(true);
  await user.more(true, true);
  assert.equal(user.asked, 2);
  assert.ok(!user.grows);
});

test('nobody asks again where the suggestion is not shown any more', async () => {
  const left: Record<string, (user: Scene) => void> = {
    'the cursor went elsewhere': (user) => {
      user.moved = true;
    },
    'the text changed': (user) => {
      user.document.version += 1;
    },
    'it was dismissed': (user) => user.growing.dismiss(),
  };
  for (const [reason, happens] of Object.entries(left)) {
    const user = new Scene();
    user.answered();
    happens(user);
    await user.more(true);
    assert.equal(user.asked, 0, reason);
  }
  const user = new Scene();
  user.answered();
  await user.more(true, false, 'file:///other.py');
  assert.equal(user.asked, 0, 'it is another document');
});

test('a question that the editor never answers holds up no other', async () => {
  const user = new Scene();
  user.answered();
  user.hangs = true;
  void user.more(true);
  user.hangs = false;
  await user.more(true);
  assert.equal(user.asked, 2);
});

test('an editor that did not ask is made to ask once more', async () => {
  const user = new Scene();
  user.answered();
  user.ignored = 1;
  await user.more(true);
  assert.equal(user.asked, 2);
});

test('news that come before the answer make the editor ask after it', async () => {
  const user = new Scene();
  user.answered();
  user.document.version += 1;
  await user.more(true);
  assert.equal(user.asked, 0);
  user.answered();
  await Promise.resolve();
  assert.equal(user.asked, 1);
});
