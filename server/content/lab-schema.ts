import { z } from 'zod';
import { Text } from '../contract/text.ts';
import { CheckSpec, Name, Protocol } from './check-schema.ts';

/** Pods that the lab's terminals reach where they run in the cluster. */
export const TerminalReach = z.strictObject({
  /** In the scenario's names: `namespace/workload`, or `namespace/*` for each pod of it. */
  to: z.string().regex(/^[a-z0-9-]+\/([a-z0-9-]+|\*)$/, 'must be namespace/workload or namespace/*'),
  /** Of the pods, not of a Service before them. */
  port: z.number().int().min(1).max(65535),
  protocol: Protocol.default('TCP'),
});
export type TerminalReach = z.infer<typeof TerminalReach>;

/** labs/<week>/<lab>/lab.yaml */
export const LabFile = z.strictObject({
  scenario: Name,
  title: Text,
  summary: Text,
  track: z.enum(['kubernetes', 'ci-cd', 'ai']),
  level: z.number().int().min(1).max(5),
  minutes: z.number().int().min(5).max(240),
  capstone: z.boolean().default(false),
  objectives: z.array(Text).min(1),
  /** Beside the API server and cluster DNS, a terminal reaches nothing else. */
  terminal: z.strictObject({ reaches: z.array(TerminalReach).default([]) }).default({ reaches: [] }),
  tasks: z.array(z.strictObject({ id: Name, title: Text, checks: z.array(Name), hints: z.array(Text).min(1) })).min(1),
  checks: z.record(Name, CheckSpec),
});
export type LabFile = z.infer<typeof LabFile>;

/** labs/<week>/<lab>/wrong/<name>/expect.yaml */
export const ExpectFile = z.strictObject({
  /** By check id: words that its findings must contain (in English). Other checks may do as they do. */
  fails: z
    .record(Name, z.string().min(3))
    .refine((fails) => Object.keys(fails).length > 0, 'must name at least one check'),
});
export type ExpectFile = z.infer<typeof ExpectFile>;

/** labs/course.yaml */
export const CourseFile = z.strictObject({
  title: Text,
  weeks: z
    .array(
      z.strictObject({ id: Name, number: z.number().int(), title: Text, summary: Text, labs: z.array(Name).min(1) }),
    )
    .min(1),
});
export type CourseFile = z.infer<typeof CourseFile>;
