import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import type { V1Container, V1Probe } from '@kubernetes/client-node';
import type { Container, ContainerRuntime, PodSandbox, ProbeResult } from './container.ts';

/** Makes one try of a probe. */
export async function tryProbe(
  probe: V1Probe,
  spec: V1Container,
  container: Container,
  sandbox: PodSandbox,
  runtime: ContainerRuntime,
): Promise<ProbeResult> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.httpGet) {
    const { path = '/', port, httpHeaders = [] } = probe.httpGet;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    return runtime.probeHttp(sandbox, { port: portOf(port, spec), path, headers }, timeout);
  }
  if (probe.tcpSocket) return runtime.probeTcp(sandbox, portOf(probe.tcpSocket.port, spec), timeout);
  if (!probe.exec) return { ok: false, message: 'gRPC probes are not supported by the simulated node' };
  const process = container.exec({ command: probe.exec.command ?? [], tty: false, stdin: false });
  const output = Promise.all([text(process.stdout), text(process.stderr)]);
  const late = sleep(timeout, 'late' as const, { ref: false });
  const code = await Promise.race([process.exitCode, late]);
  if (code === 'late') {
    process.kill();
    return {
      ok: false,
      message: `command timed out: "${(probe.exec.command ?? []).join(' ')}" timed out after ${probe.timeoutSeconds ?? 1}s`,
    };
  }
  return code === 0 ? { ok: true } : { ok: false, message: (await output).join('') };
}

/** Tries a probe again and again until stopped, and tells each turn of its state. */
export class ProbeLoop {
  readonly #stop = new AbortController();
  readonly ended: Promise<void>;

  constructor(
    probe: V1Probe,
    attempt: () => Promise<ProbeResult>,
    listener: { onResult: (ok: boolean) => void; onFailure: (message: string) => void },
  ) {
    this.ended = this.#run(probe, attempt, listener);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(
    probe: V1Probe,
    attempt: () => Promise<ProbeResult>,
    listener: { onResult: (ok: boolean) => void; onFailure: (message: string) => void },
  ): Promise<void> {
    const { signal } = this.#stop;
    const wait = (seconds: number) => sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
    await wait(probe.initialDelaySeconds ?? 0);
    const stopped = () => signal.aborted;
    let inRow = 0;
    let last: boolean | undefined;
    while (!stopped()) {
      const result = await attempt().catch((error: unknown): ProbeResult => ({ ok: false, message: String(error) }));
      if (stopped()) return;
      inRow = result.ok === last ? inRow + 1 : 1;
      last = result.ok;
      if (!result.ok) listener.onFailure(result.message);
      const threshold = result.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
      if (inRow >= threshold) listener.onResult(result.ok);
      await wait(probe.periodSeconds ?? 10);
    }
  }
}

/** A port of a container by number or name. */
export function portOf(port: number | string, { ports = [] }: V1Container): number {
  return typeof port === 'number' ? port : (ports.find(({ name }) => name === port)?.containerPort ?? Number(port));
}
