import { z } from 'zod';
import { Text } from './text.ts';
import { AttemptState } from './attempt.ts';

export const Task = z.object({
  id: z.string(),
  title: Text,
  /** Ids of the checks that must pass for the task to be done. */
  checks: z.array(z.string()),
  /** How many hints there are; their words come one at a time. */
  hints: z.number().int(),
});
export type Task = z.infer<typeof Task>;

export const CheckSummary = z.object({
  id: z.string(),
  title: Text,
  points: z.number().int(),
  kind: z.enum(['traffic', 'access', 'podSecurity', 'workload']),
});
export type CheckSummary = z.infer<typeof CheckSummary>;

export const LabSummary = z.object({
  /** `week-08/default-deny`. */
  id: z.string(),
  title: Text,
  summary: Text,
  track: z.string(),
  level: z.number().int(),
  minutes: z.number().int(),
  capstone: z.boolean(),
  /** The learner's newest attempt of it; null when there is none. */
  state: AttemptState.nullable(),
  /** Whether any attempt of it by this learner was ever solved. */
  solved: z.boolean(),
});
export type LabSummary = z.infer<typeof LabSummary>;

export const Week = z.object({
  id: z.string(),
  number: z.number().int(),
  title: Text,
  summary: Text,
  labs: z.array(LabSummary),
});
export type Week = z.infer<typeof Week>;

export const Course = z.object({ title: Text, weeks: z.array(Week) });
export type Course = z.infer<typeof Course>;

/**
 * A guide is Markdown of a known shape, split so that the page can lay it out: an introduction, a part for each task,
 * and a debrief. Blocks are tokens, never HTML: the page makes elements of them.
 */
export const Inline = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('code'), text: z.string() }),
  z.object({ type: z.literal('strong'), text: z.string() }),
  z.object({ type: z.literal('emphasis'), text: z.string() }),
  z.object({ type: z.literal('link'), text: z.string(), href: z.url() }),
]);
export type Inline = z.infer<typeof Inline>;

export const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('paragraph'), content: z.array(Inline) }),
  z.object({ type: z.literal('heading'), content: z.array(Inline) }),
  z.object({ type: z.literal('list'), ordered: z.boolean(), items: z.array(z.array(Inline)) }),
  z.object({ type: z.literal('note'), content: z.array(Inline) }),
  z.object({ type: z.literal('table'), head: z.array(z.array(Inline)), rows: z.array(z.array(z.array(Inline))) }),
  /** To be read: YAML, output. */
  z.object({ type: z.literal('listing'), language: z.string(), text: z.string() }),
  /** To be run in the terminal at a click. */
  z.object({ type: z.literal('command'), text: z.string() }),
]);
export type Block = z.infer<typeof Block>;

export const Guide = z.object({
  introduction: z.array(Block),
  /** By task id. */
  tasks: z.record(z.string(), z.array(Block)),
  debrief: z.array(Block),
});
export type Guide = z.infer<typeof Guide>;

export const LabDetail = LabSummary.extend({
  week: z.object({ id: z.string(), number: z.number().int(), title: Text }),
  objectives: z.array(Text),
  insecure: z.array(Text),
  tasks: z.array(Task),
  checks: z.array(CheckSummary),
  /** With the attempt's names where there is an attempt, else with the scenario's. The debrief is empty until solved. */
  guide: z.object({ ko: Guide, en: Guide }),
});
export type LabDetail = z.infer<typeof LabDetail>;
