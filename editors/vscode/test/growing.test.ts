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
  /** What happens while the editor asks. */
  meanwhile: () => void = () => undefined;
  readonly growing = new Growing({
    isAt: () => !this.moved,
    askAgain: async () => {
      this.asked += 1;
      this.meanwhile();
      await Promise.resolve();
      this.answered();
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

test('news that come while the editor asks make it ask once more', async () => {
  const user = new Scene();
  user.answered();
  let news = 3;
  user.meanwhile = () => {
    if (news > 0) {
      news -= 1;
      void user.more(true);
    }
  };
  await user.more(true);
  assert.equal(user.asked, 4);
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
