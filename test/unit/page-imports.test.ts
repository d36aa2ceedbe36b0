import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const server = join(import.meta.dirname, '..', '..', 'server');

/** Prints what is imported by the name of a package, on the way to a module. */
const script = (module: string) => `
  import { registerHooks } from 'node:module';
  const seen = new Set();
  registerHooks({
    resolve(specifier, context, next) {
      seen.add(specifier);
      return next(specifier, context);
    },
  });
  await import(${JSON.stringify(join(server, module))});
  console.log([...seen].filter((each) => /^[@a-z]/.test(each) && !each.startsWith('node:')).join(' '));
`;

test('pages come up without waiting for the client of Kubernetes, which takes as long to load as all the rest', () => {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script('platform.ts')], {
    encoding: 'utf8',
  });
  const packages = output.trim().split(' ');
  expect(packages).toContain('express');
  expect(packages).not.toContain('@kubernetes/client-node');
});
