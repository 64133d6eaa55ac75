// Formats Lua: node scripts/stylua.mjs [--write] FOLDER. Without --write it only names the files
// that are not formatted, and fails if there are any.

import fs from 'node:fs';
import path from 'node:path';
import {
  Config,
  formatCode,
  IndentType,
  LuaVersion,
  OutputVerification,
  QuoteStyle,
} from '@johnnymorganz/stylua';

const write = process.argv.includes('--write');
const folder = process.argv.at(-1);

function formatted(source) {
  // A call uses its configuration up.
  const config = Config.new();
  config.syntax = LuaVersion.LuaJIT;
  config.column_width = 100;
  config.indent_type = IndentType.Spaces;
  config.indent_width = 2;
  config.quote_style = QuoteStyle.AutoPreferSingle;
  return formatCode(source, config, undefined, OutputVerification.Full);
}

const files = fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.lua'));
for (const file of files.map((name) => path.join(folder, name))) {
  const source = fs.readFileSync(file, 'utf8');
  const wanted = formatted(source);
  if (wanted !== source && write) {
    fs.writeFileSync(file, wanted);
  } else if (wanted !== source) {
    console.error(`${file} is not formatted`);
    process.exitCode = 1;
  }
}
