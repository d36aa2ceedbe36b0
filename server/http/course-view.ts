import type { Attempt } from '../contract/attempt.ts';
import type { Course, Guide, LabDetail, LabSummary } from '../contract/course.ts';
import type { CheckSpec } from '../content/check-schema.ts';
import type { Content, Lab } from '../content/content.ts';
import { namesFor, substituteAll } from '../content/names.ts';
import { HaechiError } from '../errors.ts';

/** The course with what this learner has done. @param attempts theirs, open ones first, newest first. */
export function courseFor(content: Content, attempts: readonly Attempt[]): Course {
  return {
    title: content.course.title,
    weeks: content.course.weeks.map(({ labs, ...week }) => ({
      ...week,
      labs: labs.flatMap((name) => {
        const lab = content.labs.get(`${week.id}/${name}`);
        return lab ? [summarise(lab, attempts)] : [];
      }),
    })),
  };
}

/** One lab with its guide in the names of the learner's attempt; the debrief comes once the lab has been solved. */
export function labFor(content: Content, id: string, attempts: readonly Attempt[]): LabDetail {
  const lab = content.labs.get(id);
  const week = content.course.weeks.find((each) => each.id === lab?.week);
  if (!lab || !week) throw new HaechiError('not-found', { what: `lab ${id}` });
  const summary = summarise(lab, attempts);
  const attempt = attempts.find((each) => each.lab === id);
  const { variables } = namesFor(lab.scenarioContent, '');
  const own = Object.fromEntries(
    Object.entries(variables).map(([variable, name]) => [variable, attempt?.namespaces[name] ?? name]),
  );
  const guide = (text: Guide): Guide => substituteAll({ ...text, debrief: summary.solved ? text.debrief : [] }, own);
  return {
    ...summary,
    week: { id: week.id, number: week.number, title: week.title },
    objectives: lab.objectives,
    insecure: lab.scenarioContent.insecure,
    tasks: lab.tasks.map((task) => ({ ...task, hints: task.hints.length })),
    checks: Object.entries(lab.checks).map(([check, spec]) => ({
      id: check,
      title: spec.title,
      points: spec.points,
      kind: kindOf(spec),
    })),
    guide: { ko: guide(lab.guides.ko), en: guide(lab.guides.en) },
  };
}

function summarise(lab: Lab, attempts: readonly Attempt[]): LabSummary {
  const mine = attempts.filter((attempt) => attempt.lab === lab.id);
  const { id, title, summary, track, level, minutes, capstone } = lab;
  return {
    id,
    title,
    summary,
    track,
    level,
    minutes,
    capstone,
    state: mine[0]?.state ?? null,
    solved: mine.some(({ solvedAt }) => solvedAt !== null),
  };
}

function kindOf(spec: CheckSpec): 'traffic' | 'access' | 'podSecurity' | 'workload' {
  if ('traffic' in spec) return 'traffic';
  if ('access' in spec) return 'access';
  return 'podSecurity' in spec ? 'podSecurity' : 'workload';
}
