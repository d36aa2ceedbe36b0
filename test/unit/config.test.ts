import { expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';

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
  expect(() => readConfig(['--metrics-host', 'somewhere'], {})).toThrow('--metrics-host: ');
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
  expect(() => readConfig(['--node-network', 'maybe'], {})).toThrow('--node-network: ');
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

test('what can’t be is named by its option', () => {
  expect(() => readConfig(['--host', '0.0.0.0', '--data', '', '--mirror', 'ftp://mirror.example'], {})).toThrow(
    '--host: Invalid option: expected one of "127.0.0.1"|"::1"|"localhost"\n' +
      '--data: Too small: expected string to have >=1 characters\n' +
      '--mirror: Invalid URL',
  );
  expect(() => readConfig(['--nonsense'], {})).toThrow("Unknown option '--nonsense'");
});
