import { answer, type HttpRequest, type Listener } from './listener.ts';

/** Public names resolve to this address of a documentation range (RFC 5737). */
export const publicAddress = '203.0.113.10';

/** Where a cloud's metadata service listens. */
export const metadataAddress = '169.254.169.254';

const echo = ({ path }: HttpRequest) => Promise.resolve(answer(200, 'OK', `simulated internet: ${path}\n`));

/** A place outside the cluster that answers everything: what gets out would have reached somebody. */
export const outside: Listener = { http: echo, https: echo, raw: () => Promise.resolve('') };

/** What a cloud's metadata service gives to whoever asks. The key is made up. */
export const metadata: Listener = {
  http: ({ path }) =>
    Promise.resolve(
      answer(
        200,
        'OK',
        path.includes('credentials/')
          ? '{"AccessKeyId":"SIMULATED","SecretAccessKey":"simulated-not-a-key"}\n'
          : 'iam/security-credentials/node-role\n',
      ),
    ),
  raw: () => Promise.resolve(''),
};
