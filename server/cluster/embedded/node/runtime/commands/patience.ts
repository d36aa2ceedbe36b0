import { setTimeout as sleep } from 'node:timers/promises';

/** How long a program without a deadline of its own waits for a packet that was dropped (the kernel's SYN retries). */
export const kernelPatience = 127;

/** How long a resolver waits for its name servers (resolv.conf(5): timeout). */
export const resolverPatience = 5;

const longestTimer = 2_000_000_000;

/** Waits for some seconds, or until the process ends. */
export async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    // A timer can't wait longer.
    for (let left = seconds * 1000; left > 0 && !signal.aborted; left -= longestTimer)
      await sleep(Math.min(left, longestTimer), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
