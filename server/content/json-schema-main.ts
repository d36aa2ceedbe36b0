import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonSchemas } from './json-schema.ts';

/** `npm run schemas`: writes the JSON Schemas that editors use. */
for (const [path, text] of jsonSchemas()) {
  await writeFile(join(import.meta.dirname, '..', '..', path), text);
  process.stdout.write(`${path}\n`);
}
