import { readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { processesBelow } from '../../../server/terminal/sandbox/processes.ts';
import { missingRequirements } from '../../../server/terminal/sandbox/requirements.ts';
import { kubeconfigFor, setupOf, Workshop } from './workshop.ts';

// Everything here runs in real sandboxes. A machine without bubblewrap can't; there, `npm test` installs it or says so.
const missing = await missingRequirements('/usr/bin:/bin:/usr/sbin:/sbin');
const why = missing.map((each) => each.package).join(', ');

describe.skipIf(missing.length > 0)(`a sandbox${why ? ` (skipped: ${why} not installed)` : ''}`, () => {
  let workshop: Workshop;
  const run = async (script: string, attempt = 'minji') =>
    (await workshop.service.run(attempt, script, AbortSignal.timeout(20_000))).output;

  beforeAll(async () => {
    process.env['HAECHI_TEST_SECRET'] = 'server-secret';
    workshop = await Workshop.open();
    await workshop.service.prepare(setupOf('minji'));
    await workshop.service.prepare(setupOf('seojun'));
  });
  afterAll(async () => {
    delete process.env['HAECHI_TEST_SECRET'];
    await workshop.close();
  });

  test('is contained, and says so', () => {
    expect(workshop.service.containment).toEqual({ contained: true });
  });

  test('has the lab’s files, its variables and an environment of its own', async () => {
    expect(await run('cat shop/policy.yaml; echo $PRODUCTION; whoami; pwd; id -u')).toBe(
      'kind: NetworkPolicy\nproduction\nlearner\n/home/learner\n1000\n',
    );
    const environment = await run('env | cut -d= -f1 | sort | tr "\\n" " "');
    expect(environment.replace('OLDPWD ', '')).toBe(
      'COLORTERM EDITOR GOGC GOMEMLIMIT HAECHI_NAMESPACE HISTFILE HOME INPUTRC KUBECONFIG KUBE_EDITOR LANG LESS LOGNAME PAGER PATH PRODUCTION PWD SHELL SHLVL TERM USER _ ',
    );
    expect(await run('tr "\\0" "\\n" </proc/self/environ; tr "\\0" "\\n" </proc/1/environ')).not.toContain(
      'server-secret',
    );
  });

  test('has the programs of the trade', async () => {
    for (const program of ['kubectl get pods', 'k get pods']) expect(await run(program)).toBe('kubectl get pods\n');
    expect(await run('for p in nano vim.tiny jq git less; do type -P $p >/dev/null || echo no $p; done')).toBe('');
    expect(await run('git init -q r && cd r && git commit -q --allow-empty -m x && git log --format=%an')).toBe(
      'learner\n',
    );
  });

  test('sees nothing of the host', async () => {
    const root = (await run('ls /')).split('\n').sort().filter(Boolean);
    const allowed = ['bin', 'dev', 'etc', 'home', 'lib', 'lib32', 'lib64', 'proc', 'run', 'sbin', 'tmp', 'usr', 'var'];
    expect(root.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(await run('ls /home /run /var /usr/local /var/tmp')).toBe(
      '/home:\nlearner\n\n/run:\nhaechi\n\n/usr/local:\nbin\n\n/var:\ntmp\n\n/var/tmp:\n',
    );
    expect(await run('cat /etc/shadow /root/.bashrc /work /opt 2>&1 | grep -vc "No such file"')).toBe('0\n');
    expect(await run('cat /etc/passwd')).not.toContain('daemon');
    // Only its own processes: bubblewrap, bash, socat and what asks.
    expect(Number(await run('ls -d /proc/[0-9]* | wc -l'))).toBeLessThan(8);
    expect(await run('hostname')).toBe('haechi\n');
  });

  test('has no open file of the server or of other terminals', async () => {
    const other = await workshop.terminal('seojun');
    const mine = await workshop.terminal('minji');
    const open = await mine.run('for f in /proc/[0-9]*/fd/*; do readlink $f; done | sort -u');
    expect(open).not.toContain('ptmx');
    expect(open.split('\r\n').filter((file) => /^\/(?!dev\/(null|pts|console)|proc\/)/.test(file))).toEqual([]);
    other.detach();
  });

  test('can write only its own folders', async () => {
    expect(
      await run(
        'for f in / /usr /usr/bin /etc /etc/haechi /dev /proc /run /run/haechi /var /var/tmp /usr/local/bin; do touch $f/x 2>/dev/null && echo wrote $f; done; for f in ~ /tmp ~/.kube /dev/shm; do touch $f/x && echo $f; done',
      ),
    ).toBe('/home/learner\n/tmp\n/home/learner/.kube\n/dev/shm\n');
  });

  test('has no privileges and can’t get any', async () => {
    const status = await run('cat /proc/self/status');
    expect(status).toMatch(/CapEff:\t0{16}\n/);
    expect(status).toMatch(/CapBnd:\t0{16}\n/);
    expect(status).toMatch(/NoNewPrivs:\t1\n/);
    expect(status).toMatch(/Seccomp:\t2\n/);
    expect(await run('unshare -U true 2>&1; unshare -m true 2>&1; mount -t tmpfs x /tmp 2>&1 | head -1')).toMatch(
      /^unshare: unshare failed: Operation not permitted\nunshare: unshare failed: Operation not permitted\nmount: .*\n$/,
    );
    expect(await run('bwrap --unshare-user --bind / / true 2>&1')).not.toBe('');
  });

  test('has no network but the API server', async () => {
    const server = createServer((socket) => socket.end('the host\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(await run(`cat </dev/tcp/127.0.0.1/${port} 2>&1`)).toContain('Connection refused');
    expect(await run('cat </dev/tcp/1.1.1.1/443 2>&1')).toContain('Network is unreachable');
    expect(await run('getent hosts example.com; echo $?')).toBe('2\n');
    expect(await run('ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1')).toBe('    lo\n');
    // Given as the API server, it is reached; by this attempt alone.
    await workshop.service.prepare(setupOf('seojun', { kubeconfig: kubeconfigFor(`https://127.0.0.1:${port}`) }));
    expect(await run('cat </dev/tcp/127.0.0.1/6443', 'seojun')).toBe('the host\n');
    expect(await run('cat </dev/tcp/127.0.0.1/6443', 'minji')).toBe('');
  });

  test('says what it does not reach, where the lab’s terminals reach pods', async () => {
    const reach = { namespace: 'production', podSelector: {}, port: 8080, protocol: 'TCP' } as const;
    await workshop.service.prepare(setupOf('reaching', { reaches: [reach] }));
    const words = 'This shell reaches the API server alone. For pods there are kubectl port-forward and kubectl exec.';
    expect((await workshop.terminal('reaching')).text).toContain(words);
    expect((await workshop.terminal('minji')).text).not.toContain(words);
    for (const attempt of ['reaching', 'minji'])
      for (const { id } of workshop.service.list(attempt)) await workshop.service.close(id);
  });

  test('sockets other than local and IP ones are refused', async () => {
    const families = await run(
      'for f in VSOCK-CONNECT:2:1 SOCKET-CONNECT:38:0:x0000; do socat - $f </dev/null 2>&1 | grep -o "Address family not supported by protocol"; done',
    );
    expect(families).toBe('Address family not supported by protocol\n'.repeat(2));
  });

  test('a fork bomb ends by itself and leaves the rest alone', async () => {
    const began = performance.now();
    const bomb = workshop.service.run('minji', 'b() { b | b & }; b; sleep 1; echo over', AbortSignal.timeout(5_000));
    const other = await workshop.terminal('seojun');
    expect(await other.run('echo alive')).toContain('alive');
    await bomb.catch(() => undefined);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(Number(await run('ls -d /proc/[0-9]* | wc -l'))).toBeLessThan(8);
  });

  test('limits are those that were meant', async () => {
    expect(await run('ulimit -c; ulimit -f; ulimit -n; ulimit -d; ulimit -t; ulimit -u')).toBe(
      '0\n65536\n1024\n1048576\n900\n200\n',
    );
    expect(await run('head -c 70M /dev/zero > /tmp/big 2>&1; stat -c %s /tmp/big; rm /tmp/big')).toContain(
      '67108864\n',
    );
  });

  test('a script’s end and abort leave no process behind', async () => {
    const { exitCode, output } = await workshop.service.run('minji', 'sleep 300 & exit 7', AbortSignal.timeout(5_000));
    expect([exitCode, output]).toEqual([7, '']);
    const began = performance.now();
    await expect(workshop.service.run('minji', 'sleep 300', AbortSignal.timeout(300))).rejects.toThrow('timeout');
    expect(performance.now() - began).toBeLessThan(2_000);
    await vi.waitFor(async () => {
      const commands = await Promise.all(
        (await readdir('/proc'))
          .filter((name) => /^\d+$/.test(name))
          .map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
      );
      expect(commands.filter((command) => command === ['sleep', '300', ''].join('\0'))).toEqual([]);
    });
  });

  test('home and /tmp are shared by an attempt’s terminals and closed to others', async () => {
    const first = await workshop.terminal('minji');
    await first.run('echo 비밀 > note; echo t > /tmp/t');
    const second = await workshop.terminal('minji');
    expect(await second.run('cat note /tmp/t')).toBe('비밀\r\nt\r\n');
    expect(await run('cat ~/note /tmp/t 2>&1', 'seojun')).toBe(
      'cat: /home/learner/note: No such file or directory\ncat: /tmp/t: No such file or directory\n',
    );
  });

  test('a learner’s symbolic links lead the platform nowhere', async () => {
    const victim = join(workshop.folder, 'victim');
    await writeFile(victim, 'untouched');
    await run(`rm -f ~/.kube/config; ln -s ${victim} ~/.kube/config; ln -s ${workshop.folder} ~/escape`);
    await workshop.service.prepare(setupOf('minji'));
    expect(await readFile(victim, 'utf8')).toBe('untouched');
    expect(await run('grep -c server: ~/.kube/config')).toBe('1\n');
    await run('rm ~/.kube/config; mkdir -p ~/.kube/config/x');
    await workshop.service.prepare(setupOf('minji'));
    expect(await run('grep -c server: ~/.kube/config')).toBe('1\n');
    await symlink('/', join(workshop.folder, 'data/attempts/minji/home/root')).catch(() => undefined);
    await run('mkdir -p locked/in && chmod 0 locked/in locked');
    await workshop.service.reset(setupOf('minji'));
    expect(await readFile(victim, 'utf8')).toBe('untouched');
    expect(await run('ls')).toBe('shop\n');
  });

  test('memory beyond the limit ends the process that took it', async () => {
    const small = await Workshop.open({ wardenLimits: { memoryBytes: 100 << 20, diskBytes: 1 << 30, files: 10_000 } });
    onTestFinished(() => small.close());
    await small.service.prepare(setupOf('a'));
    const terminal = await small.terminal('a');
    await terminal.type('(head -c 300M /dev/zero; sleep 100) | tail -c 300M\r');
    const text = await terminal.until('100 MB of memory');
    expect(text).toContain('메모리를 100 MB 넘게 써서 끝냈습니다.');
    await terminal.type('\x03');
    await terminal.until(/\^C[^]*\$ $/);
    expect(await terminal.run('echo alive')).toContain('alive');
  });

  test('files beyond the limit end the shell; a new one can delete them', async () => {
    const small = await Workshop.open({ wardenLimits: { memoryBytes: 1 << 30, diskBytes: 20 << 20, files: 10_000 } });
    onTestFinished(() => small.close());
    await small.service.prepare(setupOf('a'));
    const terminal = await small.terminal('a');
    await terminal.type('for i in {1..99}; do head -c 15M /dev/zero > f$i; sleep 0.3; done\r');
    await terminal.until('20 MB (10000 files)');
    await vi.waitFor(() => expect(small.service.list('a')[0]?.state).toBe('ended'));
    const again = await small.terminal('a');
    await sleep(2_500);
    expect(await again.run('rm f*; ls')).toContain('shop');
  });

  test('nothing runs on when the service has stopped', async () => {
    const own = await Workshop.open();
    await own.service.prepare(setupOf('a'));
    const terminal = await own.terminal('a');
    await terminal.type('nohup sleep 400 & disown\r');
    await terminal.until('ignoring input');
    const running = await processesBelow([process.pid]);
    expect(running.get(process.pid)?.length).toBeGreaterThan(4);
    await own.service.stop();
    const commands = await Promise.all(
      (await readdir('/proc'))
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
    );
    expect(commands.filter((command) => command === ['sleep', '400', ''].join('\0'))).toEqual([]);
    await own.close();
  });
});
