import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { inject } from 'vitest';
import { Attempts, type Learner } from '../../../server/attempt/attempts.ts';
import type { JudgedDone, SetUpDone } from '../../../server/attempt/listeners.ts';
import { AttemptStore } from '../../../server/attempt/store.ts';
import type { FlowProber } from '../../../server/cluster/cluster.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { Mirror } from '../../../server/cluster/mirror.ts';
import type { Content } from '../../../server/content/content.ts';
import { loadContent } from '../../../server/content/load.ts';
import type { Attempt } from '../../../server/contract/attempt.ts';
import { openEnvironment } from '../../../server/environment.ts';
import { openDatabase } from '../../../server/progress/database.ts';
import { createTerminalService } from '../../../server/terminal/sandbox-service.ts';
import type { TerminalService } from '../../../server/terminal/service.ts';

export const root = join(import.meta.dirname, '..', '..', '..');
const log = pino({ level: 'silent' });

/** Attempts on the cluster that all contract tests share, with a database and workspaces of their own. */
export class AttemptsUnderTest {
  readonly folder: string;
  readonly kube: Kube;
  readonly setUps: SetUpDone[] = [];
  readonly judgements: JudgedDone[] = [];
  content: Content;
  attempts!: Attempts;
  terminals!: TerminalService;
  readonly #flowProber: FlowProber | undefined;
  #stop: () => Promise<void> = () => Promise.resolve();
  readonly #newest = new Map<string, Attempt>();
  readonly #waiting = new Set<() => void>();

  private constructor(folder: string, content: Content, flowProber?: FlowProber) {
    this.folder = folder;
    this.content = content;
    this.#flowProber = flowProber;
    this.kube = new Kube(inject('kubeconfig'));
  }

  /** @param flowProber as real pods have one. */
  static async open(flowProber?: FlowProber): Promise<AttemptsUnderTest> {
    const folder = await mkdtemp(join(tmpdir(), 'haechi-attempts-'));
    const opened = new AttemptsUnderTest(folder, await loadContent(root), flowProber);
    await opened.start();
    return opened;
  }

  /** As the platform does at its start, on what was kept before. */
  async start(): Promise<void> {
    const { kube } = this;
    const mirror = new Mirror(kube, log);
    await mirror.start();
    const cluster = {
      start: () => Promise.resolve(),
      reached: () => Promise.resolve(kube),
      kube: () => kube,
      mirror: () => mirror,
      kubectl: () => inject('kubectl'),
      getFromPod: () => Promise.resolve({ result: 'impossible' as const, detail: 'not in this test' }),
      ...(this.#flowProber ? { flowProber: this.#flowProber } : {}),
    };
    const environment = await openEnvironment(
      cluster,
      () => createTerminalService({ kubectl: inject('kubectl'), dataFolder: join(this.folder, 'terminals'), log }),
      log,
      AbortSignal.timeout(60_000),
    );
    const database = await openDatabase(join(this.folder, 'haechi.sqlite'));
    const attempts = new Attempts({
      content: this.content,
      store: new AttemptStore(database),
      log,
      onAttempt: (attempt) => {
        this.#newest.set(attempt.id, attempt);
        for (const look of this.#waiting) look();
      },
      onPicture: () => undefined,
      onSetUp: (done) => this.setUps.push(done),
      onJudged: (done) => this.judgements.push(done),
    });
    this.attempts = attempts;
    this.terminals = environment.terminals;
    this.#stop = async () => {
      await attempts.stop();
      await environment.stop();
      await mirror.stop();
      await database.destroy();
    };
    await attempts.load();
    await attempts.open(environment);
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.kube.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Resolves with the attempt once it is as wanted. */
  when(id: string, wanted: (attempt: Attempt) => boolean): Promise<Attempt> {
    return new Promise((resolve) => {
      const look = () => {
        const attempt = this.#newest.get(id);
        if (!attempt || !wanted(attempt)) return;
        this.#waiting.delete(look);
        resolve(attempt);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async list(path: string): Promise<string[]> {
    const { value } = await this.kube.request<{ items: { metadata: { name: string } }[] }>('GET', path);
    return value.items.map(({ metadata }) => metadata.name).sort();
  }

  /** What an attempt has left: in whatever is cluster-scoped, and among the accounts. Other tests use the cluster, too. */
  async leftOf(attempt: string, learnerName: string): Promise<string[]> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const paths = [
      '/api/v1/namespaces',
      '/api/v1/namespaces/haechi-learners/serviceaccounts',
      `${rbac}/clusterroles`,
      `${rbac}/clusterrolebindings`,
    ];
    const lists = await Promise.all(paths.map((path) => this.list(path)));
    return lists.flat().filter((name) => name.endsWith(`-${learnerName}`) || name.includes(attempt));
  }
}

export function learner(name: string): Learner {
  return { id: name, suffix: name };
}
