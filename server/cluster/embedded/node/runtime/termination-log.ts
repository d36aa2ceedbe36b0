import type { ContainerSetup } from '../container.ts';
import type { ContainerMount } from '../pod-volume.ts';
import { Volume } from './volume.ts';

/** The file for a container's last words: mounted, so that it can be written whatever else is read-only, by whoever. */
export function terminationLog({ terminationMessagePath: path }: ContainerSetup): ContainerMount[] {
  if (path === undefined) return [];
  const volume = new Volume('termination-log', 'emptyDir');
  volume.replace(new Map([['log', { content: new Uint8Array(), mode: 0o666, uid: 0, gid: 0 }]]));
  return [{ volume, path, subPath: 'log', readOnly: false }];
}
