import type { Environment } from '../attempt/environment.ts';
import { withLearner } from '../attempt/account.ts';
import { clearInPlace } from '../attempt/clear-in-place.ts';
import { holdingsOf, type Held } from '../attempt/holdings.ts';
import { leaveCluster } from '../attempt/leave-cluster.ts';
import { plotOf, type Plot } from '../attempt/plot.ts';
import { setUp, type Clear } from '../attempt/set-up.ts';
import type { Verdict } from '../contract/verdict.ts';
import { quote } from '../shell-quote.ts';
import type { Fix, Lab } from './content.ts';
import { substitute } from './names.ts';
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
 * Proves claims of one lab on a cluster, one after the other. Each begins at the lab's start: the first sets it up, later
 * ones put back what the one before has changed, so that pods which nobody touched need not start again.
 */
export class Prover {
  readonly lab: Lab;
  readonly #plot: Plot;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  /** What the start holds; undefined when it has to be set up from nothing. */
  #start: Held[] | undefined;

  /** @param suffix put behind the scenario's names, so that labs can be proved side by side. */
  constructor(lab: Lab, suffix: string, environment: Environment, signal: AbortSignal) {
    this.lab = lab;
    this.#plot = plotOf(suffix, lab, suffix);
    this.#environment = environment;
    this.#signal = signal;
  }

  /** A verdict of `error` counts as neither pass nor fail. */
  async prove(claim: Claim): Promise<Proof> {
    const began = Date.now();
    let seen: string;
    try {
      await this.#toTheStart();
      seen = await look(this.#plot, claim, this.#environment, this.#signal);
    } catch (error) {
      this.#start = undefined;
      seen = wordsOf(error);
    }
    return { lab: this.lab.id, claim: claim.name, holds: seen === '', seen, milliseconds: Date.now() - began };
  }

  /** Cleans up, which must leave nothing, also when it was interrupted. @returns what it left, in words; empty if nothing. */
  async end(): Promise<string> {
    const unemptied: string[] = [];
    try {
      await leaveCluster(this.#plot, this.#environment, (error) =>
        unemptied.push(`its namespaces went with what was in them: ${wordsOf(error)}`),
      );
      const left = (await inventory(this.#environment)).filter((object) =>
        object.split(/[-/]/).includes(this.#plot.attempt),
      );
      return [...unemptied, ...left.map((object) => `left behind: ${object}`)].join(', ');
    } catch (error) {
      return `cleaning up failed: ${wordsOf(error)}`;
    }
  }

  async #toTheStart(): Promise<void> {
    const start = this.#start;
    const inPlace: Clear = (plot, environment, signal) => clearInPlace(plot, environment, signal, start);
    await setUp(this.#plot, this.#environment, () => undefined, this.#signal, start && inPlace);
    this.#start ??= await startHoldings(this.#plot, this.#environment, this.#signal);
  }
}

/** Proves one claim by itself, from set-up to clean-up, which must leave nothing. */
export async function prove(
  claim: Claim,
  suffix: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<Proof> {
  const prover = new Prover(claim.lab, suffix, environment, signal);
  const proof = await prover.prove(claim);
  const seen = [proof.seen, await prover.end()].filter((words) => words !== '').join(' ');
  return { ...proof, holds: seen === '', seen };
}

async function startHoldings(plot: Plot, { applier }: Environment, signal: AbortSignal): Promise<Held[]> {
  return withLearner(plot, applier, (learner) => holdingsOf(plot, applier.paths, learner, signal));
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
  await setUp(plot, environment, () => undefined, signal, clearInPlace);
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
  let manifests: string[] = [];
  const applied = () => {
    if (manifests.length > 0) lines.push(`kubectl apply ${manifests.map((path) => `-f ${quote(path)}`).join(' ')}`);
    manifests = [];
  };
  for (const { path } of fix.files) {
    if (/\.ya?ml$/.test(path)) manifests.push(path);
    else if (path.endsWith('.sh')) {
      applied();
      lines.push(`bash -euo pipefail ${quote(path)}`);
    }
  }
  applied();
  return lines.join('\n');
}

/** What exists in the cluster that an attempt could leave: namespaces and cluster-scoped RBAC objects and accounts. */
async function inventory({ applier }: Environment): Promise<string[]> {
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
      });
      return (value.items ?? []).map(
        ({ metadata }) => `${path.split('/').at(-1)}/${metadata.namespace ?? ''}/${metadata.name}`,
      );
    }),
  );
  return lists.flat();
}
