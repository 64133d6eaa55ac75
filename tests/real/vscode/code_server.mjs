// The process of code-server, with a home of its own.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './until.mjs';

const { NODE24, CODE_SERVER } = process.env;

// As little as possible is changed of what a user has: noise, and what would draw over pictures.
const SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'files.autoSave': 'off',
  'editor.accessibilitySupport': 'off',
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false,
  'remote.autoForwardPorts': false,
  // Its text can be read only if it is not drawn by the graphics card.
  'terminal.integrated.gpuAcceleration': 'off',
};

function freePort() {
  return new Promise((resolve, reject) => {
    const socket = net.createServer();
    socket.on('error', reject);
    socket.listen(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function writeSettings(folder, { settings, machine, trusts }) {
  const trust = trusts
    ? { 'security.workspace.trust.enabled': false }
    : {
        'security.workspace.trust.startupPrompt': 'never',
        'security.workspace.trust.banner': 'never',
      };
  const written = { User: { ...SETTINGS, ...trust, ...settings }, Machine: machine };
  for (const [whose, values] of Object.entries(written)) {
    fs.mkdirSync(path.join(folder, whose), { recursive: true });
    fs.writeFileSync(path.join(folder, whose, 'settings.json'), JSON.stringify(values));
  }
}

export class CodeServer {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'codestral-vscode-'));

  inHome(...names) {
    return path.join(this.home, ...names);
  }

  /** Installs the extensions and starts the process; options as in Editor.start. */
  async start({ vsix, others = [], settings = {}, machine = {}, env = {}, trusts = true }) {
    writeSettings(this.inHome('data'), { settings, machine, trusts });
    fs.writeFileSync(this.inHome('config.yaml'), '');
    const environment = {
      ...process.env,
      HOME: this.inHome('home'),
      XDG_CONFIG_HOME: this.inHome('home', 'config'),
      XDG_DATA_HOME: this.inHome('home', 'data'),
      XDG_CACHE_HOME: this.inHome('home', 'cache'),
      ...env,
    };
    fs.mkdirSync(environment.HOME);
    const base = [
      CODE_SERVER,
      '--config',
      this.inHome('config.yaml'),
      '--user-data-dir',
      this.inHome('data'),
      '--extensions-dir',
      this.inHome('ext'),
    ];
    const files = [vsix, ...others].flatMap((file) => ['--install-extension', file]);
    const installed = spawnSync(NODE24, [...base, ...files, '--force'], {
      env: environment,
      encoding: 'utf8',
    });
    if (installed.status !== 0)
      throw new Error(`--install-extension: ${installed.stdout}${installed.stderr}`);
    this.port = await freePort();
    const log = fs.openSync(this.inHome('server.log'), 'w');
    this.process = spawn(
      NODE24,
      [
        ...base,
        '--bind-addr',
        `127.0.0.1:${this.port}`,
        '--auth',
        'none',
        '--disable-telemetry',
        '--disable-update-check',
        '--disable-getting-started-override',
        '--disable-proxy',
        ...(trusts ? ['--disable-workspace-trust'] : []),
      ],
      { env: environment, stdio: ['ignore', log, log], detached: true },
    );
    await until('code-server', () => this.answers());
  }

  async answers() {
    if (this.process.exitCode !== null)
      throw new Error(`code-server ended: ${fs.readFileSync(this.inHome('server.log'), 'utf8')}`);
    return fetch(`http://127.0.0.1:${this.port}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  /** Ends the process and everything that it started, and removes its home. */
  async stop() {
    if (this.process && this.process.exitCode === null) {
      const gone = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await Promise.race([gone, pause(5000, undefined, { ref: false })]);
      try {
        process.kill(-this.process.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    }
    fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}
