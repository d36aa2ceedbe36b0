import { cleanUp } from '../attempt/clean-up.ts';
import type { Environment } from '../attempt/environment.ts';
import { setUp, type Plot } from '../attempt/set-up.ts';
import type { Verdict } from '../contract/verdict.ts';
import { quote } from '../shell-quote.ts';
import type { Fix, Lab } from './content.ts';
import { namesFor, substitute } from './names.ts';
import { renderScenario } from './render.ts';
import { settle } from './settle.ts';

/** One thing that the content claims and the cluster has shown to be so, or not. */
export interface Proof {
  lab: string;
  /** `start`, `solution`, `also-right/by-name`, `wrong/or-instead-of-and`, `start over`. */
  claim: string;
  holds: boolean;
  /** What was seen instead; empty when it holds. */
  seen: string;
  milliseconds: number;
}

/** One claim of a lab's content, to be proved. */
export interface Claim {
  lab: Lab;
  name: string;
  /** Null for the untouched start. */
  fix: Fix | null;
  /** By check id, words of its findings; null where everything must pass. */
  expect: Record<string, string> | null;
  /** The lab is started over after the fix, and must stand as at its start. */
  startsOver?: boolean;
}

/**
 * What a lab claims: its start fails, the solution and each also-right fix pass, each wrong one fails for its reason, and
 * starting over brings the start back.
 */
export function claimsOf(lab: Lab): Claim[] {
  return [
    { lab, name: 'start', fix: null, expect: null },
    { lab, name: 'solution', fix: lab.solution, expect: null },
    ...lab.alsoRight.map((fix) => ({ lab, name: `also-right/${fix.name}`, fix, expect: null })),
    ...lab.wrong.map((fix) => ({ lab, name: `wrong/${fix.name}`, fix, expect: fix.expect.fails })),
    { lab, name: 'start over', fix: lab.solution, expect: null, startsOver: true },
  ];
}

/**
 * Proves one claim on a cluster, from set-up to clean-up, which must leave nothing. A verdict of `error` counts as
 * neither pass nor fail.
 * @param suffix put behind the scenario's names, so that claims can be proved side by side.
 */
export async function prove(
  claim: Claim,
  suffix: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<Proof> {
  const began = Date.now();
  const { lab, name } = claim;
  const names = namesFor(lab.scenarioContent, suffix);
  const plot: Plot = { attempt: suffix, lab, names, start: renderScenario(lab.scenarioContent, names) };
  let seen: string;
  try {
    await setUp(plot, environment, () => undefined, signal);
    seen = await look(plot, claim, environment, signal);
  } catch (error) {
    seen = wordsOf(error);
  }
  try {
    await environment.terminals.remove(plot.attempt);
    await cleanUp(environment.applier, plot.attempt, names, plot.start);
  } catch (error) {
    seen = `${seen} cleaning up failed: ${wordsOf(error)}`.trim();
  }
  const left = (await inventory(environment, signal)).filter((object) => object.split(/[-/]/).includes(suffix));
  if (left.length > 0) seen = `${seen} left behind: ${left.join(', ')}`.trim();
  return { lab: lab.id, claim: name, holds: seen === '', seen, milliseconds: Date.now() - began };
}

/** @returns what was seen instead of what is claimed; empty if the claim holds. */
async function look(
  plot: Plot,
  { fix, expect, startsOver }: Claim,
  environment: Environment,
  signal: AbortSignal,
): Promise<string> {
  if (!fix) return judgeStart(plot, environment, signal);
  const failure = await runFix(plot, fix, environment, signal);
  if (failure !== '') return failure;
  if (!startsOver) return judgeFix(plot, expect, environment, signal);
  await setUp(plot, environment, () => undefined, signal);
  return judgeStart(plot, environment, signal);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function judgeStart(plot: Plot, environment: Environment, signal: AbortSignal): Promise<string> {
  const guards = Object.entries(plot.lab.checks).filter(([, check]) => 'workload' in check);
  const right = (verdicts: Verdict[]) =>
    verdicts
      .map(({ check, outcome }) => ({ check, outcome, wanted: guards.some(([id]) => id === check) ? 'pass' : 'fail' }))
      .filter(({ outcome, wanted }) => outcome !== wanted)
      .map(({ check, outcome, wanted }) => `${check}: ${outcome}, not ${wanted} at the start`);
  return settle(plot, environment, signal, { wrong: right, times: 1 });
}

/** @returns why it could not be run to its end; empty if it was. */
async function runFix(plot: Plot, fix: Fix, environment: Environment, signal: AbortSignal): Promise<string> {
  const script = scriptOf(fix, plot.names.variables);
  const { exitCode, output } = await environment.terminals.run(plot.attempt, script, signal);
  return exitCode === 0 ? '' : `the fix ended with ${exitCode}: ${output.trim().slice(-600)}`;
}

async function judgeFix(
  plot: Plot,
  expect: Record<string, string> | null,
  environment: Environment,
  signal: AbortSignal,
): Promise<string> {
  const passes = (verdicts: Verdict[]) =>
    verdicts
      .filter(({ outcome }) => outcome !== 'pass')
      .map((verdict) => `${verdict.check}: ${verdict.outcome}: ${words(verdict)}`);
  const fails = (verdicts: Verdict[]) =>
    Object.entries(expect ?? {}).flatMap(([check, part]) => {
      const verdict = verdicts.find((each) => each.check === check);
      const wanted = part.replace(/([a-z0-9-]+)(?=\/)/g, (name) => plot.names.namespaces[name] ?? name);
      const named = substitute(wanted, plot.names.variables);
      if (verdict?.outcome === 'fail' && words(verdict).includes(named)) return [];
      return [`${check}: ${verdict?.outcome ?? 'missing'} without "${named}"${verdict ? `: ${words(verdict)}` : ''}`];
    });
  // What the other checks say of a wrong fix is left open.
  const options = expect ? { wrong: fails, times: 1, only: Object.keys(expect) } : { wrong: passes, times: 2 };
  return settle(plot, environment, signal, options);
}

function words({ findings }: Verdict): string {
  return findings
    .map(({ expected, found, where, why }) => [expected.en, found.en, where, why?.en ?? ''].join(' | '))
    .join(' || ');
}

/** The fix as one script: its files are written to a folder, YAML is applied, scripts are run, in order of names. */
function scriptOf(fix: Fix, variables: Record<string, string>): string {
  const lines = ['set -euo pipefail', 'folder=$(mktemp -d)', 'cd "$folder"'];
  for (const { path, text } of fix.files) {
    const content = path.endsWith('.sh') ? text : substitute(text, variables);
    lines.push(`mkdir -p "$(dirname ${quote(path)})"`, `printf %s ${quote(content)} > ${quote(path)}`);
  }
  for (const { path } of fix.files) {
    if (/\.ya?ml$/.test(path)) lines.push(`kubectl apply -f ${quote(path)}`);
    else if (path.endsWith('.sh')) lines.push(`bash -euo pipefail ${quote(path)}`);
  }
  return lines.join('\n');
}

/** What exists in the cluster that an attempt could leave: namespaces and cluster-scoped RBAC objects and accounts. */
async function inventory({ applier }: Environment, signal: AbortSignal): Promise<string[]> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const paths = [
    '/api/v1/namespaces',
    '/api/v1/serviceaccounts',
    '/api/v1/pods',
    `${rbac}/clusterroles`,
    `${rbac}/clusterrolebindings`,
  ];
  const lists = await Promise.all(
    paths.map(async (path) => {
      const { value } = await applier.kube.request<{
        items: { metadata: { name: string; namespace?: string } }[] | null;
      }>('GET', path, {
        headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
        signal,
      });
      return (value.items ?? []).map(
        ({ metadata }) => `${path.split('/').at(-1)}/${metadata.namespace ?? ''}/${metadata.name}`,
      );
    }),
  );
  return lists.flat();
}
