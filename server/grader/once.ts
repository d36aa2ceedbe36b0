import type { JudgeContext } from './check.ts';

/**
 * Asks something of the API server, once for all checks of a judgement.
 * @param key says what is asked, as `GET /api/v1/pods`.
 */
export function once<T>({ answers }: JudgeContext, key: string, ask: () => Promise<T>): Promise<T> {
  const known = answers?.get(key);
  if (known) return known as Promise<T>;
  const asked = ask();
  answers?.set(key, asked);
  return asked;
}

/** The items of a list. They don't say what kind they are. */
export function listOnce<T>(
  context: JudgeContext,
  path: string,
  query: Record<string, string> = {},
): Promise<readonly T[]> {
  return once(context, `GET ${path} ${JSON.stringify(query)}`, async () => {
    const { value } = await context.kube.request<{ items: T[] }>('GET', path, { query, signal: context.signal });
    return value.items;
  });
}
