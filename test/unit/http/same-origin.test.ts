import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { requireSameOrigin } from '../../../server/http/same-origin.ts';

const hosts = new Set(['127.0.0.1', 'localhost']);
const request = (headers: Record<string, string>, method = 'GET') =>
  ({ headers, method }) as unknown as IncomingMessage;

test.each([
  [{ host: '127.0.0.1:8088' }],
  [{ host: 'localhost:8088', origin: 'http://localhost:8088' }],
  [{ host: 'localhost:8088', 'sec-fetch-site': 'same-origin' }],
  [{ host: 'localhost:8088', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
])('lets our own pages through: %j', (headers) => {
  expect(() => requireSameOrigin(request(headers), hosts)).not.toThrow();
});

test.each([
  ['a name that someone else points at us', { host: 'evil.example:8088' }, 'evil.example:8088'],
  ['no name at all', {}, '(-)'],
  ['another site', { host: 'localhost:8088', origin: 'https://evil.example' }, 'https://evil.example'],
  [
    'another port of this machine',
    { host: 'localhost:8088', origin: 'http://localhost:9000' },
    'http://localhost:9000',
  ],
  ['a sandboxed frame', { host: 'localhost:8088', origin: 'null' }, '(null)'],
  [
    'an image or script of another site',
    { host: 'localhost:8088', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    'cross-site',
  ],
])('refuses %s', (_name, headers, named) => {
  expect(() => requireSameOrigin(request(headers as Record<string, string>), hosts)).toThrow(named);
});
