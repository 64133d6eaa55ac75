// Packs the extension. The page that VS Code shows of an extension takes pictures from the web alone,
// so they are left out of it, unless BASE_IMAGES_URL says where on the web `media/` is.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

const { BASE_IMAGES_URL } = process.env;
const target = `${process.platform}-${process.arch}`;
const links = BASE_IMAGES_URL
  ? ['--baseImagesUrl', BASE_IMAGES_URL]
  : ['--no-rewrite-relative-links'];
const args = ['package', '--target', target, '--no-dependencies', '--allow-missing-repository'];

const whole = fs.readFileSync('README.md', 'utf8');
const shown = BASE_IMAGES_URL ? whole : whole.replaceAll(/^!\[.*\]\(media\/.*\)\n\n/gm, '');
let status = 1;
fs.writeFileSync('README.md', shown);
try {
  const packed = spawnSync('vsce', [...args, ...links, '-o', 'codestral-ls.vsix'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  status = packed.status ?? 1;
} finally {
  fs.writeFileSync('README.md', whole);
}
process.exit(status);
