// A process with a terminal service, for a test to kill. Says the outermost process of its shell when that has written.
import { join } from 'node:path';
import { pino } from 'pino';
import { createTerminalService } from '../../../server/terminal/sandbox-service.ts';
import { startPty } from '../../../server/terminal/sandbox/local-pty.ts';
import { Client } from './client.ts';
import { setupOf } from './workshop.ts';

const [folder = ''] = process.argv.slice(2);
let shell = 0;
const service = await createTerminalService({
  dataFolder: join(folder, 'data'),
  kubectl: join(folder, 'kubectl'),
  log: pino({ level: 'silent' }),
  startPty: (launch, size, listeners) => {
    const pty = startPty(launch, size, listeners);
    shell = pty.pid;
    return pty;
  },
});
await service.prepare(setupOf('victim'));
const { id } = await service.open('victim', { columns: 80, rows: 24 });
const client = new Client(service, id).attach();
await client.until('$ ');
await client.run('echo before the crash');
process.stdout.write(`${shell}\n`);
setInterval(() => undefined, 1_000);
