import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// What was compiled is kept for the next start, which then loads in half the time, and without the compiler of TypeScript: this file
// is none for the same reason. Where that can't be, nothing is lost.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));
await import('./process.ts');
