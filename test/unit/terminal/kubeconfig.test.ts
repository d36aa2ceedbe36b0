import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  apiServerOf,
  formatKubeconfig,
  parseKubeconfig,
  renew,
  rewriteForSandbox,
} from '../../../server/terminal/kubeconfig.ts';
import { kubeconfigFor } from './workshop.ts';

test('the server becomes the one inside, and its certificate is checked for the name it has', () => {
  const config = parseKubeconfig(kubeconfigFor('https://api.class.example:6444/k8s/c-1'));
  expect(apiServerOf(config)).toEqual({ host: 'api.class.example', port: 6444 });
  expect(parse(formatKubeconfig(rewriteForSandbox(config, 'production-minji')))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'haechi',
        cluster: {
          server: 'https://127.0.0.1:6443/k8s/c-1',
          'certificate-authority-data': 'Y2E=',
          'tls-server-name': 'api.class.example',
        },
      },
    ],
    users: [{ name: 'learner', user: { token: 'secret' } }],
    contexts: [{ name: 'lab', context: { cluster: 'haechi', user: 'learner', namespace: 'production-minji' } }],
    'current-context': 'lab',
  });
});

test('a name that the kubeconfig gives itself stays, and IPv6 and default ports are understood', () => {
  const config = parseKubeconfig(
    kubeconfigFor('https://[::1]').replace('server:', 'tls-server-name: other.example, server:'),
  );
  expect(apiServerOf(config)).toEqual({ host: '::1', port: 443 });
  expect(rewriteForSandbox(config, 'a').clusters[0]?.cluster['tls-server-name']).toBe('other.example');
});

test('renewing brings new credentials and keeps what the learner set', () => {
  const ours = rewriteForSandbox(parseKubeconfig(kubeconfigFor('https://127.0.0.1:1')), 'production');
  const theirs = formatKubeconfig({
    ...ours,
    users: [
      { name: 'learner', user: { token: 'old' } },
      { name: 'ci', user: { token: 'mine' } },
    ],
    contexts: [
      { name: 'lab', context: { cluster: 'haechi', user: 'learner', namespace: 'staging' } },
      { name: 'as-ci', context: { cluster: 'haechi', user: 'ci' } },
    ],
    'current-context': 'as-ci',
  });
  const renewed = renew(theirs, ours);
  expect(renewed.users).toEqual([
    { name: 'learner', user: { token: 'secret' } },
    { name: 'ci', user: { token: 'mine' } },
  ]);
  expect(renewed.contexts.map(({ name, context }) => [name, context.namespace])).toEqual([
    ['lab', 'staging'],
    ['as-ci', undefined],
  ]);
  expect(renewed['current-context']).toBe('as-ci');
  expect(renew('no: [kubeconfig', ours)).toBe(ours);
});
