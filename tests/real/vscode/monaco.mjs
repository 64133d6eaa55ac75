// A page with Monaco in a real headless Chromium: what its user types, sees and gets, as JSON.
// Environment: CODE_SERVER and CHROMIUM, as get_vscode.sh writes them to env.json.
//
//   usage: monaco.mjs PAGE PICTURE TEXT     the page's address, its server's in the query

import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { until } from './until.mjs';

const { CODE_SERVER, CHROMIUM } = process.env;
const [address, picture, text] = process.argv.slice(2);
const prefix = createRequire(path.join(path.dirname(CODE_SERVER), 'x.js'));
const { chromium } = await import(pathToFileURL(prefix.resolve('playwright-core')).href).then(
  (module) => module.default ?? module,
);

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  const page = await browser.newPage({ viewport: { width: 700, height: 200 } });
  await page.goto(address);
  const seen = { connected: await page.evaluate(() => window.connected) };
  if (seen.connected === 'connected') {
    const ghost = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('[class*="ghost-text"]')]
          .map((element) => element.textContent.replaceAll('\u00a0', ' '))
          .join(''),
      );
    await page.click('.view-lines');
    await page.keyboard.type(text);
    seen.ghost = await until('a suggestion', ghost);
    await page.screenshot({ path: picture });
    await page.keyboard.press('Tab');
    await until('no suggestion', async () => (await ghost()) === '');
    seen.text = await page.evaluate(() => window.editor.getValue());
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
