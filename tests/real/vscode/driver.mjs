// Lends the editor to another process: one call a line on stdin, one answer a line on stdout.
//   {"method": "type", "args": ["ret"]}  ->  {"result": null}  or  {"error": "..."}

import readline from 'node:readline';
import { Editor } from './editor.mjs';

const editor = new Editor();
try {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { method, args } = JSON.parse(line);
    let answer;
    try {
      answer = { result: (await editor[method](...args)) ?? null };
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
} finally {
  await editor.stop();
}
process.exit(0);
