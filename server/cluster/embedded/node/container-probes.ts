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

/** The probes of one run of a container: the startup probe first, then the others. */
export class ContainerProbes {
  readonly #spec: V1Container;
  readonly #place: { sandbox: PodSandbox; runtime: ContainerRuntime };
  readonly #listener: ProbeListener;
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

  #loop(
    probe: V1Probe,
    kind: 'Startup' | 'Liveness' | 'Readiness',
    container: Container,
    onResult: (ok: boolean) => void,
  ): void {
    const { sandbox, runtime } = this.#place;
    const onProblem = (problem: string) => this.#listener.onProblem(`${kind} probe ${problem}`);
    const attempt = () => tryProbe(probe, this.#spec, container, sandbox, runtime);
    this.#loops.push(new ProbeLoop(probe, attempt, { onResult, onProblem }));
  }
}
