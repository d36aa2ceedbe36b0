import type { V1Container, V1Probe } from '@kubernetes/client-node';
import type { Container, ContainerRuntime, PodSandbox } from './container.ts';
import { ProbeLoop, tryProbe } from './probe.ts';

export interface ProbeListener {
  /** The startup probe has passed, or there is none. */
  onStarted: () => void;
  onReady: (ready: boolean) => void;
  /** A liveness or startup probe has failed for good. */
  onDead: (kind: 'liveness' | 'startup') => void;
  /** One try didn't go well: `Readiness probe failed: …`. */
  onProblem: (message: string) => void;
}

type ProbeKind = 'Startup' | 'Liveness' | 'Readiness';

/** The probes of a container, in each of its runs: the startup probe first, then the others. */
export class ContainerProbes {
  readonly #spec: V1Container;
  readonly #place: { sandbox: PodSandbox; runtime: ContainerRuntime };
  readonly #listener: ProbeListener;
  /** When their turns began to be counted. */
  readonly #since = performance.now();
  #loops: ProbeLoop[] = [];

  constructor(spec: V1Container, place: { sandbox: PodSandbox; runtime: ContainerRuntime }, listener: ProbeListener) {
    this.#spec = spec;
    this.#place = place;
    this.#listener = listener;
  }

  begin(container: Container): void {
    const { startupProbe } = this.#spec;
    if (!startupProbe) {
      this.#started(container);
      return;
    }
    this.#loop(startupProbe, 'Startup', container, (ok) => {
      this.end();
      if (ok) this.#started(container);
      else this.#listener.onDead('startup');
    });
  }

  end(): void {
    for (const loop of this.#loops) loop.stop();
    this.#loops = [];
  }

  #started(container: Container): void {
    const { readinessProbe, livenessProbe } = this.#spec;
    const { onStarted, onReady, onDead } = this.#listener;
    onStarted();
    if (readinessProbe) this.#loop(readinessProbe, 'Readiness', container, onReady);
    else onReady(true);
    if (livenessProbe)
      this.#loop(livenessProbe, 'Liveness', container, (ok) => {
        if (!ok) onDead('liveness');
      });
  }

  #loop(probe: V1Probe, kind: ProbeKind, container: Container, onResult: (ok: boolean) => void): void {
    const { sandbox, runtime } = this.#place;
    const onProblem = (problem: string) => this.#listener.onProblem(`${kind} probe ${problem}`);
    const attempt = () => tryProbe(probe, this.#spec, container, sandbox, runtime);
    this.#loops.push(new ProbeLoop(probe, this.#firstAfter(probe, kind), attempt, { onResult, onProblem }));
  }

  /**
   * Milliseconds until the first try in a run of the container: at the turn that comes next, which the container's start doesn't move;
   * only readiness is asked for at once (pkg/kubelet/prober/worker.go).
   */
  #firstAfter({ initialDelaySeconds = 0, periodSeconds = 10 }: V1Probe, kind: ProbeKind): number {
    const delay = initialDelaySeconds * 1000;
    if (kind === 'Readiness') return delay;
    const period = periodSeconds * 1000;
    const passed = performance.now() - this.#since;
    return Math.max(1, Math.ceil((passed + delay) / period)) * period - passed;
  }
}
