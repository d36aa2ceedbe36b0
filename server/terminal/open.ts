import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TerminalService } from './service.ts';
import { blockedBy, SandboxService } from './sandbox-service.ts';

/**
 * Opens the shells of a platform.
 * @param dataFolder where workspaces are kept. When the platform is root and other users can't reach that folder (as
 * below /root), they are kept under /var/lib/haechi instead: a sandbox runs as a user of its own.
 */
export function openTerminals({
  kubectl,
  dataFolder,
}: {
  kubectl: string;
  dataFolder: string;
}): Promise<TerminalService> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o711 });
  const hidden = process.getuid?.() === 0 && blockedBy(join(dataFolder, '..')) !== undefined;
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12);
  return SandboxService.open({ kubectl, folder: hidden ? join('/var/lib/haechi', name) : dataFolder });
}
