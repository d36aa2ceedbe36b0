// Runs before `npm start` and `npm test`, on whatever Node the machine has: installs what is missing, builds the pages
// if their sources changed. Plain JavaScript without dependencies: nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** Runs a command in plain sight; ends the process with its code when it fails. */
function run(what, command, args) {
  console.log(`${what}…`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error || status !== 0) {
    console.error(`${what} failed: ${error ? error.message : `${command} ended with ${status}`}`);
    process.exit(status || 1);
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
function once(stamp, inputs, work) {
  const hash = hashOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

function has(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** Programs of Debian packages that shells (and browser tests) need: installed where we may, else named. */
function needPrograms(wanted) {
  const missing = wanted.filter(({ program }) => !has(program) && !existsSync(program));
  if (missing.length === 0) return;
  const packages = missing.map((each) => each.package);
  if (process.getuid?.() === 0 && has('apt-get')) {
    process.env.DEBIAN_FRONTEND = 'noninteractive';
    run('Reading the list of Debian packages', 'apt-get', ['update', '-qq']);
    run(`Installing ${packages.join(', ')}`, 'apt-get', [
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      ...packages,
    ]);
  } else {
    console.warn(`Missing: ${packages.join(', ')}. Install them, as with: sudo apt-get install ${packages.join(' ')}`);
  }
}

const npm = process.env.npm_execpath;
once('node_modules/.haechi-installed', ['package-lock.json', 'package.json'], () =>
  npm ? run('Installing npm packages', process.execPath, [npm, 'ci']) : run('Installing npm packages', 'npm', ['ci']),
);
needPrograms(JSON.parse(readFileSync('server/terminal/packages.json', 'utf8')));
if (process.argv.includes('--browser')) needPrograms([{ program: 'chromium', package: 'chromium' }]);
once('web/dist/.built', ['web', 'server/contract', 'package-lock.json'], () =>
  run('Building the pages', join('node_modules', '.bin', 'node'), [
    join('node_modules', 'vite', 'bin', 'vite.js'),
    'build',
    '--config',
    'web/vite.config.ts',
    '--logLevel',
    'warn',
  ]),
);
