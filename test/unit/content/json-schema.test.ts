import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonSchemas } from '../../../server/content/json-schema.ts';

test.each([...jsonSchemas()])('%s is what the loader uses (npm run schemas)', async (path, text) => {
  expect(await readFile(join(import.meta.dirname, '../../..', path), 'utf8')).toBe(text);
});
