import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { helpFor, readConfig, tellHelp } from '../../server/command-line.ts';

test('without options: loopback, port 8088, a folder of the user’s, the official release files', () => {
  expect(readConfig([], { XDG_DATA_HOME: '/data' })).toEqual({
    host: '127.0.0.1',
    port: 8088,
    dataFolder: '/data/haechi',
    metricsHost: '127.0.0.1',
    nodeNetwork: 'on',
    logLevel: 'info',
  });
});

test('health and metrics are answered at an address and port of their own, where one is named', () => {
  const environment = { HAECHI_METRICS_PORT: '9464', HAECHI_METRICS_HOST: '10.1.2.3' };
  expect(readConfig([], environment)).toMatchObject({ metricsPort: 9464, metricsHost: '10.1.2.3', host: '127.0.0.1' });
  expect(readConfig(['--metrics-host', '::'], environment)).toMatchObject({ metricsHost: '::' });
  expect(() => readConfig(['--metrics-host', 'somewhere'], {})).toThrow('--metrics-host somewhere: ');
});

test('nodes hold lab pods unless told otherwise, by an image that may be called otherwise', () => {
  const environment = { HAECHI_NODE_NETWORK: 'off', HAECHI_NODE_NETWORK_IMAGE: 'registry.example/rules:1' };
  expect(readConfig([], environment)).toMatchObject({
    nodeNetwork: 'off',
    nodeNetworkImage: 'registry.example/rules:1',
  });
  expect(readConfig(['--node-network', 'on', '--node-network-image', 'x'], environment)).toMatchObject({
    nodeNetwork: 'on',
    nodeNetworkImage: 'x',
  });
  expect(() => readConfig(['--node-network', 'maybe'], {})).toThrow('--node-network maybe: ');
});

test('options go before the environment', () => {
  const environment = {
    HAECHI_PORT: '9000',
    HAECHI_DATA: '/a',
    HAECHI_PROGRAMS: '/programs',
    HAECHI_MIRROR: 'https://mirror.example/kubernetes',
    HAECHI_LOG: 'debug',
  };
  expect(readConfig([], environment)).toMatchObject({
    port: 9000,
    dataFolder: '/a',
    programsDir: '/programs',
    mirror: 'https://mirror.example/kubernetes',
    logLevel: 'debug',
  });
  expect(readConfig(['--port', '0', '--data', '/b', '--mirror', 'http://127.0.0.1:1'], environment)).toMatchObject({
    port: 0,
    dataFolder: '/b',
    mirror: 'http://127.0.0.1:1',
  });
});

test('terminals are where the user says', () => {
  const config = readConfig(['--terminals', 'pod', '--workbench-image', 'a/b:1'], {});
  expect(config).toMatchObject({ terminals: 'pod', workbenchImage: 'a/b:1' });
  expect(readConfig([], { HAECHI_TERMINALS: 'sandbox' }).terminals).toBe('sandbox');
});

test('what can’t be is named as it was given', () => {
  expect(() => readConfig(['--host', '0.0.0.0', '--data', '', '--mirror', 'ftp://mirror.example'], {})).toThrow(
    '--host 0.0.0.0: Invalid option: expected one of "127.0.0.1"|"::1"|"localhost"\n' +
      "--data '': empty\n" +
      '--mirror ftp://mirror.example: not an http or https URL',
  );
  expect(() => readConfig([], { HAECHI_PORT: '70000' })).toThrow(
    'HAECHI_PORT=70000: not a port, a number from 0 to 65535',
  );
  expect(() => readConfig(['--nonsense'], {})).toThrow(/^Unknown option '--nonsense'.*\(--help lists the options\)$/);
});

test('the help has every option that README has, and README every one of the help', async () => {
  const options = (text: string) => new Set(text.match(/--[a-z-]{2,}(?= [A-Z]| \d| on| off| ::1| debug)/g));
  const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('## Options'));
  expect([...options(helpFor('npm start --'))].toSorted()).toEqual([...options(table)].toSorted());
});

test('the help is printed where it is asked for', () => {
  const output = new PassThrough();
  expect(tellHelp(['--port', '80'], 'npm start --', output)).toBe(false);
  expect(output.read()).toBeNull();
  expect(tellHelp(['--port', '80', '--help'], 'npm start --', output)).toBe(true);
  expect(String(output.read())).toMatch(/^npm start -- \[OPTIONS\]\n/);
});
