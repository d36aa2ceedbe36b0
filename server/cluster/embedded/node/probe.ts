import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1Probe } from '@kubernetes/client-node';
import { ExecError, type Container, type ContainerRuntime, type PodSandbox, type ProbeResult } from './container.ts';
import { execSync, ExecTimeout } from './exec-sync.ts';

/** What a probe found, or why it couldn't be made. */
export type ProbeTry = ProbeResult | { error: string };

/** Makes one try of a probe. */
export async function tryProbe(
  probe: V1Probe,
  spec: V1Container,
  container: Container,
  sandbox: PodSandbox,
  runtime: ContainerRuntime,
): Promise<ProbeTry> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.httpGet) {
    const { path = '/', port, httpHeaders = [] } = probe.httpGet;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    return runtime.probeHttp(sandbox, { port: portOf(port, spec), path, headers }, timeout);
  }
  if (probe.tcpSocket) return runtime.probeTcp(sandbox, portOf(probe.tcpSocket.port, spec), timeout);
  if (probe.grpc) return probeGrpc(sandbox.ip, probe.grpc.port, timeout);
  try {
    const { exitCode, stdout, stderr } = await execSync(container, probe.exec?.command ?? [], timeout);
    return exitCode === 0 ? { ok: true } : { ok: false, message: stdout + stderr };
  } catch (error) {
    if (error instanceof ExecTimeout) return { ok: false, message: error.message };
    if (error instanceof ExecError) return { error: error.message };
    throw error;
  }
}

/** No program of the simulated node speaks gRPC: a kubelet goes on trying to connect (pkg/probe/grpc/grpc.go). */
async function probeGrpc(ip: string, port: number, timeoutMs: number): Promise<ProbeTry> {
  await sleep(timeoutMs);
  const address = `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
  return {
    ok: false,
    message: `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: context deadline exceeded`,
  };
}

export interface ProbeLoopListener {
  onResult: (ok: boolean) => void;
  /** @param problem what became of the probe: `failed: …`, as in a kubelet's events (pkg/kubelet/prober/prober.go). */
  onProblem: (problem: string) => void;
}

/** Tries a probe again and again until stopped, and tells each turn of its state. */
export class ProbeLoop {
  readonly #stop = new AbortController();
  readonly ended: Promise<void>;

  /** @param firstAfterMs until it is tried first. */
  constructor(probe: V1Probe, firstAfterMs: number, attempt: () => Promise<ProbeTry>, listener: ProbeLoopListener) {
    this.ended = this.#run(probe, firstAfterMs, attempt, listener);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(
    probe: V1Probe,
    firstAfterMs: number,
    attempt: () => Promise<ProbeTry>,
    { onResult, onProblem }: ProbeLoopListener,
  ): Promise<void> {
    const { signal } = this.#stop;
    const wait = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => undefined);
    await wait(firstAfterMs);
    const stopped = () => signal.aborted;
    let inRow = 0;
    let last: boolean | undefined;
    const tell = (result: ProbeTry) => {
      if ('error' in result) {
        // It says nothing of the container.
        onProblem(`errored and resulted in unknown state: ${result.error}`);
        return;
      }
      inRow = result.ok === last ? inRow + 1 : 1;
      last = result.ok;
      if (!result.ok) onProblem(`failed: ${result.message}`);
      const threshold = result.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
      if (inRow >= threshold) onResult(result.ok);
    };
    while (!stopped()) {
      const result = await attempt().catch((error: unknown): ProbeTry => ({ error: String(error) }));
      if (stopped()) return;
      tell(result);
      await wait((probe.periodSeconds ?? 10) * 1000);
    }
  }
}

/** A port of a container by number or name. */
export function portOf(port: number | string, { ports = [] }: V1Container): number {
  return typeof port === 'number' ? port : (ports.find(({ name }) => name === port)?.containerPort ?? Number(port));
}
