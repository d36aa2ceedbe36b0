// Runs before `npm start` and `npm test`, on whatever Node the machine has: installs what is missing, builds the pages
// if their sources changed. Plain JavaScript without dependencies: nothing is installed yet.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** Runs a command in plain sight, and says every 10 s that it goes on. Resolves with what went wrong, if anything. */
async function run(what, command, args) {
  const began = Date.now();
  console.log(`${what}…`);
  const timer = setInterval(() => console.log(`${what}… ${Math.round((Date.now() - began) / 1000)} s`), 10_000);
  const problem = await new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : `it ended with ${signal ?? code}, see above`));
  });
  clearInterval(timer);
  return problem;
}

/** Nothing works without this step: where it fails, all ends with what can be done about it. */
async function mustRun(what, remedy, command, args) {
  const problem = await run(what, command, args);
  if (problem === '') return;
  console.error(`${what} failed: ${problem}. ${remedy}`);
  process.exit(1);
}

/** One at a time in this folder. The name that is listened on goes with the process, however it ends. */
async function takeTurn() {
  const name = `\0haechi-prepare-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`;
  for (let told = false; ; told = true) {
    const server = createServer();
    const error = await new Promise((resolve) => {
      server.once('error', resolve);
      server.listen(name, () => resolve(null));
    });
    // A system that has no such names lets nobody wait.
    if (error?.code !== 'EADDRINUSE') return () => error ?? server.close();
    if (!told) console.log('Waiting for another start that is preparing this folder…');
    await sleep(300);
  }
}

function hashOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (statSync(path).isDirectory())
      for (const name of readdirSync(path)
        .sort()
        .filter((each) => each !== 'dist'))
        add(join(path, name));
    else hash.update(path).update(readFileSync(path));
  };
  paths.filter(existsSync).forEach(add);
  return hash.digest('hex');
}

/** Does the work unless it was done for the same inputs. */
async function once(stamp, inputs, work) {
  const hash = hashOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

function has(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** Programs of Debian packages that shells (and browser tests) need: installed where we may, else named. */
async function needPrograms(wanted) {
  const missing = wanted.filter(({ program }) => !has(program) && !existsSync(program));
  if (missing.length === 0) return;
  const packages = missing.map((each) => each.package);
  if (process.getuid?.() === 0 && has('apt-get')) {
    process.env.DEBIAN_FRONTEND = 'noninteractive';
    const patience = ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=1'];
    const problem =
      (await run('Reading the list of Debian packages', 'apt-get', ['update', ...patience])) ||
      (await run(`Installing ${packages.join(', ')}`, 'apt-get', [
        'install',
        '-y',
        '--no-install-recommends',
        ...patience,
        ...packages,
      ]));
    if (problem === '') return;
    console.warn(`That failed: ${problem}.`);
  }
  const how = has('apt-get') ? `, as with: sudo apt-get install ${packages.join(' ')}` : '';
  console.warn(`Missing: ${packages.join(', ')} (by Debian's names). Install them${how}`);
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(
    `This is Node ${process.version}. Install Node 20 or newer, as from https://nodejs.org, and start again.`,
  );
  process.exit(1);
}
const done = await takeTurn();
// Warnings are of the Node that installs; Haechi runs on one of its own.
const ci = ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retry-maxtimeout=10000', '--loglevel=error'];
const npm = process.env.npm_execpath;
await once('node_modules/.haechi-installed', ['package-lock.json', 'package.json'], () =>
  mustRun(
    'Installing npm packages',
    'Connect to the internet, or name a registry that you reach (npm config set registry URL), and start again.',
    ...(npm ? [process.execPath, [npm, ...ci]] : ['npm', ci]),
  ),
);
await needPrograms(
  JSON.parse(readFileSync('server/terminal/packages.json', 'utf8')).filter((each) => each.place !== 'pod'),
);
if (process.argv.includes('--browser')) await needPrograms([{ program: 'chromium', package: 'chromium' }]);
await once('web/dist/.built', ['web', 'server/contract', 'package-lock.json'], () =>
  mustRun(
    'Building the pages',
    'Remove the folder node_modules, if it was not changed on purpose, and start again.',
    join('node_modules', '.bin', 'node'),
    [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'],
  ),
);
done();
