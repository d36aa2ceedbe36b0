import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Who this process is to other platforms: `teacher-laptop_4242_9f3c01`. In a pod the host's name is the pod's. */
export function ownIdentity(): string {
  return `${hostname()}_${process.pid}_${randomBytes(3).toString('hex')}`;
}

/** An identity in words: `teacher-laptop, process 4242`. One that was not made here stays as it is. */
export function wordsOfIdentity(identity: string): string {
  const [, host, pid] = /^(.+)_(\d+)_[0-9a-f]{6}$/.exec(identity) ?? [];
  return host === undefined ? identity : `${host}, process ${pid}`;
}
