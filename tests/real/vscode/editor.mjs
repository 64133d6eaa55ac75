// A real VS Code (code-server) in a real headless Chromium, as something that can be typed into.
// Environment: NODE24, CODE_SERVER and CHROMIUM, as get_vscode.sh writes them to env.json.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CodeServer } from './code_server.mjs';
import { until } from './until.mjs';

const { CODE_SERVER, CHROMIUM } = process.env;
const prefix = createRequire(path.join(path.dirname(CODE_SERVER), 'x.js'));
const { chromium } = await import(pathToFileURL(prefix.resolve('playwright-core')).href).then(
  (module) => module.default ?? module,
);

const GHOST = [
  'ghost-text-decoration',
  'ghost-text-decoration-preview',
  'suggest-preview-text',
  'ghost-text',
]
  .map((name) => `:is(.editor-instance, .notebookOverlay) .${name}`)
  .join(', ');

export class Editor {
  server = new CodeServer();

  /**
   * Options: vsix, others (files of further extensions), settings (the user's), machine (the
   * settings of the machine, which this editor calls a remote one), folder (absolute), env, trusts
   * (false: folders open in restricted mode), pictures.
   */
  async start({ folder, pictures, ...options }) {
    this.pictures = pictures;
    this.folder = folder;
    await this.server.start(options);
    this.context = await chromium.launchPersistentContext(this.server.inHome('chromium'), {
      executablePath: CHROMIUM,
      headless: true,
      viewport: { width: 960, height: 420 },
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-dev-shm-usage',
      ],
    });
    this.context.setDefaultTimeout(30_000);
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
  }

  /** Opens the window with a file of the folder: by address, which needs no clicks. */
  async load(file) {
    const host = `127.0.0.1:${this.server.port}`;
    const payload = JSON.stringify([
      ['openFile', `vscode-remote://${host}${path.join(this.folder, file)}`],
    ]);
    const query = new URLSearchParams({ folder: this.folder, payload });
    await this.page.goto(`http://${host}/?${query}`);
    await this.shown(file);
  }

  /** Opens another file in the same window. */
  async open(file) {
    await this.choose('Control+P', file);
    await this.shown(file);
  }

  /** Opens a notebook, with the cursor at the end of a cell, from 0. */
  async openNotebook(file, cell) {
    await this.choose('Control+P', file);
    await this.page.waitForSelector('.statusbar-item:has-text("Cell 1 of")');
    await this.press(...Array(cell).fill('ArrowDown'));
    await this.page.waitForSelector(`.statusbar-item:has-text("Cell ${cell + 1} of")`);
    await this.press('Enter');
    await this.page.waitForSelector('.notebookOverlay .monaco-editor.focused');
    await this.press('Control+End');
  }

  /**
   * Opens a list by a key, narrows it, and takes the row that begins so. Enter before the list has
   * followed would take what it showed before; a key during its opening is lost; a new file takes a
   * moment to be listed. Hence the look at the row, and another try.
   */
  async choose(key, label) {
    const row = `.quick-input-list .monaco-list-row.focused[aria-label^="${label}"]`;
    await until(`${label} in the list of ${key}`, async () => {
      await this.press('Escape', key);
      const input = this.page.locator('.quick-input-widget .quick-input-box input');
      try {
        await input.waitFor({ timeout: 1000 });
        await this.type(label);
        await this.page.waitForSelector(row, { timeout: 2000 });
        return true;
      } catch {
        return false;
      }
    });
    await this.press('Enter');
  }

  async shown(file) {
    await this.page.waitForSelector(
      `.editor-instance .monaco-editor[data-uri$="/${file}"] .view-lines`,
    );
    await this.page.locator('.editor-instance .monaco-editor .view-lines').first().click();
  }

  /** Types a line until a suggestion comes: the provider reaches the window some time after the file. */
  async ready(text) {
    await until(
      'the first suggestion',
      async () => {
        await this.press('Control+A', 'Delete');
        await this.type(text);
        return until('one', () => this.ghost(), 1000).catch(() => false);
      },
      60_000,
    );
    await this.press('Escape');
  }

  async type(text, delay = 0) {
    await this.page.keyboard.type(text, { delay });
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Puts the cursor at a line and column, both from 1. */
  async go(line, column) {
    await this.press('Control+G');
    await this.page.waitForSelector('.quick-input-widget input');
    await this.type(`${line}:${column}`);
    await this.press('Enter');
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
    // A key before that is lost.
    await this.page.waitForSelector('.editor-instance .monaco-editor.focused');
  }

  /** The grey text now on screen; '' when there is none. One span a token, joined. */
  ghost() {
    return this.page.evaluate(
      (selector) =>
        [...document.querySelectorAll(selector)]
          .map((e) => e.textContent.replaceAll('\u00a0', ' '))
          .join(''),
      GHOST,
    );
  }

  /**
   * Notes every text of the suggestion from the next key on, frame by frame, until `traced`. Lines
   * are joined by line ends; tabs are as wide as the editor draws them.
   */
  trace() {
    return this.page.evaluate(() => {
      const first = '.editor-instance .ghost-text-decoration, .editor-instance .ghost-text';
      const further = '.editor-instance .suggest-preview-text .view-line';
      const text = (element) => element.textContent.replaceAll('\u00a0', ' ');
      const read = () => {
        const lines = [...document.querySelectorAll(further)].map(text);
        const here = [...document.querySelectorAll(first)]
          .filter((element) => !element.closest('.suggest-preview-text'))
          .map(text)
          .join('');
        return here === '' && lines.length === 0 ? '' : [here, ...lines].join('\n');
      };
      const trace = { since: undefined, at: undefined, texts: [], ms: [] };
      window.ghostTrace = trace;
      const look = () => {
        if (window.ghostTrace !== trace) return;
        const seen = read();
        if (trace.since !== undefined && seen !== (trace.texts.at(-1) ?? '')) {
          trace.texts.push(seen);
          trace.ms.push(performance.now() - trace.since);
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
      const pressed = () => {
        trace.since ??= performance.now();
        trace.at ??= Date.now();
      };
      window.addEventListener('keydown', pressed, { capture: true, once: true });
    });
  }

  /** What `trace` has noted so far; `at` is when the key was pressed, in the clock's milliseconds. */
  traced() {
    return this.page.evaluate(() => {
      const { at, texts, ms } = window.ghostTrace;
      return { at, texts, ms };
    });
  }

  async waitGhost(wanted) {
    let seen = '';
    const shows = async () => {
      seen = await this.ghost();
      return seen !== '' && (wanted === undefined || seen === wanted) && seen;
    };
    return until('', shows).catch(() => {
      throw new Error(
        `expected the ghost ${JSON.stringify(wanted)}, the screen shows ${JSON.stringify(seen)}`,
      );
    });
  }

  async waitNoGhost() {
    await until('the ghost to go', async () => (await this.ghost()) === '');
  }

  async waitPopup() {
    await this.page.waitForSelector('.suggest-widget.visible .monaco-list-row.focused');
  }

  /** Saves, and reads what is on the disk. */
  async saved(file) {
    await this.press('Control+S');
    await this.page.waitForSelector('.tab.active:not(.dirty)');
    return fs.readFileSync(path.join(this.folder, file), 'utf8');
  }

  /** Runs a command of the palette by its title. */
  async command(title) {
    await this.choose('F1', title);
  }

  /** The rows of the palette for a text. Only those in sight are in the page, so from both ends. */
  async palette(text) {
    await this.press('Escape', 'F1');
    await this.page.waitForSelector('.quick-input-widget .quick-input-box input');
    await this.type(text);
    const row = '.quick-input-list .monaco-list-row';
    await this.page.waitForSelector(`${row}[aria-label*="${text.trim()}"]`);
    const labels = [];
    for (const key of ['Home', 'End']) {
      await this.press(`Control+${key}`);
      await until('all rows', async () => {
        const seen = await this.page
          .locator(row)
          .evaluateAll((rows) =>
            rows.map((each) => [each.dataset.index, each.ariaLabel, each.ariaSetSize]),
          );
        for (const [index, label] of seen) labels[index] = label;
        const last = `${seen[0][2] - 1}`;
        return key === 'Home' || seen.some(([index]) => index === last);
      });
    }
    await this.press('Escape');
    return [...labels].map((label) => label ?? '');
  }

  /** Runs a command of the palette that asks for one of several rows. */
  async chooseIn(title, row) {
    await this.command(title);
    await this.page.waitForSelector(`.quick-input-list .monaco-list-row:has-text("${row}")`);
    await this.type(row);
    await this.page.waitForSelector(
      `.quick-input-list .monaco-list-row.focused:has-text("${row}")`,
    );
    await this.press('Enter');
  }

  /** The text of the first such element. */
  textOf(selector) {
    return this.page.locator(selector).first().textContent();
  }

  /** The text of such elements in the pages within the page. */
  async textWithin(selector) {
    const texts = await Promise.all(
      this.page.frames().map((frame) =>
        frame
          .locator(selector)
          .allTextContents()
          .catch(() => []),
      ),
    );
    return texts.flat().join('\n');
  }

  async resize(width, height) {
    await this.page.setViewportSize({ width, height });
  }

  /** The pictures with such a description that the page, or a page within it, shows or fails to. */
  async pictureWidths(description) {
    const selector = `img[alt*="${description}"]`;
    const widths = await Promise.all(
      this.page.frames().map((frame) =>
        frame
          .locator(selector)
          .evaluateAll((images) => images.map((image) => image.naturalWidth))
          .catch(() => []),
      ),
    );
    return widths.flat();
  }

  async waitGone(selector) {
    await this.page.waitForSelector(selector, { state: 'detached' });
  }

  /** Answers the input box with this title. */
  async answer(title, text) {
    await this.page.waitForSelector(`.quick-input-title:has-text(${JSON.stringify(title)})`);
    await this.type(text);
    await this.press('Enter');
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  }

  /** The rows of the quick pick with this title. */
  async rows(title) {
    await this.page.waitForSelector(`.quick-input-title:has-text(${JSON.stringify(title)})`);
    return this.page.locator('.quick-input-list .monaco-list-row').allTextContents();
  }

  /** Waits for the status bar item to say something, and returns it: its text, icon and label. */
  async waitStatus(part) {
    let seen = '';
    return until('', async () => {
      seen = await this.page.evaluate(() => {
        const item = document.querySelector('[id="codestral-ls.codestral-ls.codestral"]');
        const icons = [...(item?.querySelectorAll('.codicon') ?? [])]
          .map((icon) => icon.className)
          .join(' ');
        return item ? `${item.textContent} ${icons} ${item.querySelector('a')?.ariaLabel}` : '';
      });
      return seen.includes(part) && seen;
    }).catch(() => {
      throw new Error(
        `expected the status to say ${JSON.stringify(part)}, it says ${JSON.stringify(seen)}`,
      );
    });
  }

  async hoverStatus() {
    await this.page.hover('[id="codestral-ls.codestral-ls.codestral"]');
    await this.page.waitForSelector('.monaco-hover .hover-contents');
    return this.page.locator('.monaco-hover .hover-contents').first().textContent();
  }

  /** The messages on screen. */
  messages() {
    return this.page.locator('.notification-list-item-message').allTextContents();
  }

  async waitMessage(part) {
    let seen = [];
    const shows = async () => {
      seen = await this.messages();
      return seen.some((message) => message.includes(part)) && seen;
    };
    return until('', shows).catch(() => {
      throw new Error(
        `expected a message with ${JSON.stringify(part)}, the screen shows ${JSON.stringify(seen)}`,
      );
    });
  }

  async waitFor(selector) {
    await this.page.waitForSelector(selector);
  }

  async click(selector) {
    await this.page.click(selector);
  }

  /** `clip`: the part of the window, as x, y, width and height. */
  async screenshot(name, clip) {
    await this.page.screenshot({ path: path.join(this.pictures, `${name}.png`), clip });
  }

  async stop() {
    await this.context?.close().catch(() => {});
    await this.server.stop();
  }
}
