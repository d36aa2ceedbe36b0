import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Stands in for npm: notes that it ran, waits until it may go on, and installs a Node that notes what it is given. */
const npm = `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync('ran', 'npm ' + process.argv.slice(2).join(' ') + '\\n');
if (process.env.FAIL === 'npm') process.exit(7);
while (process.env.WAIT && !existsSync(process.env.WAIT)) await new Promise((resolve) => setTimeout(resolve, 20));
mkdirSync('node_modules/.bin', { recursive: true });
writeFileSync('node_modules/.bin/node', '#!/bin/sh\\necho node "$@" >> ran\\n[ "$FAIL" != pages ]\\n', { mode: 0o755 });
`;
const installed = 'npm ci --no-audit --no-fund --prefer-offline --fetch-retry-maxtimeout=10000 --loglevel=error';
const built = 'node node_modules/vite/bin/vite.js build --config web/vite.config.ts --logLevel warn';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'haechi-prepare-'));
  put('package.json', '{"type": "module"}');
  put('package-lock.json', '{}');
  put('server/terminal/packages.json', '[{ "program": "sh", "package": "dash" }]');
  put('web/main.ts', '1');
  put('npm.mjs', npm);
  mkdirSync(join(root, 'scripts'));
  copyFileSync(join(import.meta.dirname, '../../../scripts/prepare.js'), join(root, 'scripts/prepare.js'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function ran(): string[] {
  return readFileSync(join(root, 'ran'), 'utf8').trim().split('\n');
}

/** Begins to prepare; `output` is what was said so far. */
function prepare(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'scripts/prepare.js')], {
    env: { PATH: '/usr/bin:/bin', npm_execpath: join(root, 'npm.mjs'), ...environment },
  });
  const started = { output: '', code: Promise.resolve<number | null>(null) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (started.output += data.toString()));
  }
  started.code = new Promise((resolve) => child.once('close', resolve));
  return started;
}

test('on a machine with nothing it installs and builds, and then has nothing to do until a source changes', async () => {
  const first = prepare();
  expect(await first.code).toBe(0);
  expect(first.output).toBe('Installing npm packages…\nBuilding the pages…\n');
  const second = prepare();
  expect(await second.code).toBe(0);
  expect(second.output).toBe('');
  put('web/main.ts', '2');
  expect(await prepare().code).toBe(0);
  expect(ran()).toEqual([installed, built, built]);
});

test('a step that fails is named with what can be done, and is done again at the next start', async () => {
  const first = prepare({ FAIL: 'npm' });
  expect(await first.code).toBe(1);
  expect(first.output).toBe(
    'Installing npm packages…\nInstalling npm packages failed: it ended with 7, see above. Connect to the internet, ' +
      'or name a registry that you reach (npm config set registry URL), and start again.\n',
  );
  const second = prepare({ FAIL: 'pages' });
  expect(await second.code).toBe(1);
  expect(second.output).toContain(
    'Building the pages failed: it ended with 1, see above. Remove the folder node_modules',
  );
  expect(await prepare().code).toBe(0);
  expect(ran()).toEqual([installed, installed, built, built]);
});

test('two starts at once install once: the second waits and says so', async () => {
  const goOn = join(root, 'go-on');
  const first = prepare({ WAIT: goOn });
  await expect.poll(() => first.output).toBe('Installing npm packages…\n');
  const second = prepare();
  await expect.poll(() => second.output).toBe('Waiting for another start that is preparing this folder…\n');
  writeFileSync(goOn, '');
  expect([await first.code, await second.code]).toEqual([0, 0]);
  expect(ran()).toEqual([installed, built]);
});

test('what is missing of the machine is named, and keeps nobody from starting', async () => {
  put('server/terminal/packages.json', '[{ "program": "no-such-program", "package": "no-such-package" }]');
  const started = prepare({ PATH: '/nowhere' });
  expect(await started.code).toBe(0);
  expect(started.output).toContain("Missing: no-such-package (by Debian's names). Install them\n");
});
