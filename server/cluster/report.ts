import type { Progress } from '../contract/progress.ts';
import type { Text } from '../contract/text.ts';

export type OnProgress = (progress: Progress) => void;

/** How far one step is; what isn't given isn't known. */
export type StepUpdate = Partial<Pick<Progress, 'fraction' | 'done' | 'total' | 'unit'>>;

/** Begins a step; each call of what it returns tells how far the step is now. */
export function beginStep(onProgress: OnProgress, step: string, title: Text): (update: StepUpdate) => void {
  const startedAt = new Date().toISOString();
  const tell = (update: StepUpdate) => onProgress({ step, title, fraction: null, ...update, startedAt });
  tell({});
  return tell;
}
