import type { Kube } from '../kube.ts';

const everyMs = 5000;
const answerWithinMs = 4000;

/**
 * Asks the API server again and again whether it is ready, and tells each time that this has changed. A watch would not
 * do: one that is quiet doesn't say whether it is cut off.
 * @returns what ends that.
 */
export function watchReadiness(kube: Kube, onChange: (ready: boolean) => void): () => void {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ready = true;
  const ask = async () => {
    const now = await isReady(kube, AbortSignal.any([stop.signal, AbortSignal.timeout(answerWithinMs)]));
    if (stop.signal.aborted) return;
    if (now !== ready) onChange(now);
    ready = now;
    timer = setTimeout(() => void ask(), everyMs);
  };
  timer = setTimeout(() => void ask(), everyMs);
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

async function isReady(kube: Kube, signal: AbortSignal): Promise<boolean> {
  try {
    await kube.text('/readyz', signal);
    return true;
  } catch {
    return false; // No answer, or one that says no.
  }
}
