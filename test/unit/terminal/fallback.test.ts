import { expect, onTestFinished, test } from 'vitest';
import { PlainLauncher } from '../../../server/terminal/sandbox/plain.ts';
import { makeSystemFolder } from '../../../server/terminal/sandbox/system-folder.ts';
import { openLauncher } from '../../../server/terminal/sandbox/open-launcher.ts';
import { pino } from 'pino';
import { join } from 'node:path';
import { runToEnd } from '../../../server/terminal/sandbox/script.ts';
import { Workshop } from './workshop.ts';

const log = pino({ level: 'silent' });

test('where there can be no sandbox, shells are refused with the reason and the remedy', async () => {
  const workshop = await Workshop.open();
  onTestFinished(() => workshop.close());
  const system = await makeSystemFolder(join(workshop.folder, 'other'), join(workshop.folder, 'kubectl'), log);
  // A trial that can't succeed: the program that sandboxes are to have is not there.
  const broken = { ...system, kubectl: '/nonexistent' };
  await expect(openLauncher(broken, join(workshop.folder, 'trial'), false, log)).rejects.toThrow(
    /^Shells cannot be contained: .*nonexistent.*\. Install bubblewrap, socat, util-linux, allow user namespaces, and start again\.$/s,
  );
  const launcher = await openLauncher(broken, join(workshop.folder, 'trial'), true, log);
  expect(launcher.containment).toMatchObject({
    contained: false,
    reason: expect.stringContaining('nonexistent') as string,
  });
});

test('a shell without a sandbox has an environment of its own all the same', async () => {
  process.env['HAECHI_TEST_SECRET'] = 'server-secret';
  onTestFinished(() => {
    delete process.env['HAECHI_TEST_SECRET'];
  });
  const workshop = await Workshop.open();
  onTestFinished(() => workshop.close());
  const system = await makeSystemFolder(join(workshop.folder, 'other'), join(workshop.folder, 'kubectl'), log);
  const launcher = new PlainLauncher(system, 'bwrap not found');
  const home = workshop.folder;
  const grounds = { home, temporary: home, kube: home, socket: home, uid: undefined };
  const script = 'env; pwd; kubectl get pods; k get pods';
  const { exitCode, output } = await runToEnd(
    launcher.script(grounds, { PRODUCTION: 'production' }, script),
    AbortSignal.timeout(5_000),
  );
  expect(exitCode).toBe(0);
  expect(output).not.toContain('server-secret');
  expect(output).toContain(`KUBECONFIG=${home}/config\n`);
  expect(output.endsWith(`\n${home}\nkubectl get pods\nkubectl get pods\n`)).toBe(true);
});
