import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { GetFromPod } from '../../../cluster.ts';
import { fullName, type ImageCatalogue } from '../../../../content/image-catalogue.ts';
import {
  PullError,
  type Container,
  type ContainerRuntime,
  type ContainerSetup,
  type PodSandbox,
  type ProbeResult,
  type PulledImage,
} from '../container.ts';
import type { PodVolume, VolumeSetup } from '../pod-volume.ts';
import type { NodeMirror } from '../node-mirror.ts';
import { ContainerInstance } from './container-instance.ts';
import { apiServerListener, type ApiServerPlace } from './network/api-server.ts';
import { serveBytes } from './network/byte-stream.ts';
import { PodNetwork } from './network/pod-network.ts';
import { PodProcesses } from './pod-processes.ts';
import type { VolumeStore } from './volume-store.ts';
import { Volume } from './volume.ts';

/** Containers that behave as the image catalogue says, and the network between them. Nothing in it really runs. */
export class SimulatedRuntime implements ContainerRuntime {
  readonly #catalogue: ImageCatalogue;
  readonly #network: PodNetwork;
  readonly #mirror: NodeMirror;
  readonly #storage: VolumeStore;
  /** By the pod's UID. */
  readonly #pods = new Map<string, { sandbox: PodSandbox; processes: PodProcesses }>();

  /**
   * @param storage closed by `stop`.
   * @param apiServer the only real address that a container can reach.
   */
  constructor(catalogue: ImageCatalogue, mirror: NodeMirror, storage: VolumeStore, apiServer: ApiServerPlace) {
    this.#catalogue = catalogue;
    this.#mirror = mirror;
    this.#storage = storage;
    this.#network = new PodNetwork(mirror, apiServerListener(apiServer));
  }

  /** Call it once no container runs. */
  async stop(): Promise<void> {
    this.#network.stop();
    await this.#storage.close();
  }

  pull(image: string): PulledImage {
    const known = this.#catalogue.find(image);
    if (!known) {
      const name = fullName(image);
      throw new PullError(
        `rpc error: code = NotFound desc = failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found: the simulated node has no such image; it has ${this.#catalogue.names().join(', ')}`,
      );
    }
    const digest = createHash('sha256').update(JSON.stringify(known)).digest('hex');
    const { uid, gid, name } = known.user;
    return {
      reference: known.image,
      id: `${known.image.replace(/:[^:/]+$/, '')}@sha256:${digest}`,
      bytes: known.bytes,
      user: name === undefined ? { uid, gid } : { name, uid, gid },
    };
  }

  createVolume(_pod: PodSandbox, volume: VolumeSetup): PodVolume {
    const { storage, name, kind } = volume;
    return storage === undefined ? new Volume(name, kind, volume) : this.#storage.volume(storage, volume);
  }

  removeStorage(name: string): void {
    this.#storage.remove(name);
  }

  addPod(pod: PodSandbox): void {
    this.#pods.set(pod.uid, { sandbox: pod, processes: new PodProcesses(pod) });
    this.#network.addPod(pod);
  }

  removePod(uid: string): void {
    this.#pods.delete(uid);
    this.#network.removePod(uid);
  }

  start(setup: ContainerSetup): Container {
    const image = this.#catalogue.find(setup.image);
    if (!image) throw new PullError(`image "${setup.image}" is gone`);
    const processes = this.#pods.get(setup.pod.uid)?.processes ?? new PodProcesses(setup.pod);
    return new ContainerInstance(setup, image, { network: this.#network, processes });
  }

  async probeHttp(
    pod: PodSandbox,
    probe: { port: number; path: string; headers?: Record<string, string> },
    timeoutMs: number,
  ): Promise<ProbeResult> {
    const place = `http://${pod.ip}:${probe.port}${probe.path}`;
    const listener = this.#network.fromNode(pod, probe.port);
    if (!listener?.http)
      return { ok: false, message: `Get "${place}": dial tcp ${pod.ip}:${probe.port}: connect: connection refused` };
    const response = await within(
      timeoutMs,
      listener.http({ method: 'GET', path: probe.path, headers: probe.headers ?? {}, body: '' }),
    );
    if (!response)
      return {
        ok: false,
        message: `Get "${place}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      };
    return response.status >= 200 && response.status < 400
      ? { ok: true }
      : { ok: false, message: `HTTP probe failed with statuscode: ${response.status}`, answered: true };
  }

  openPort(pod: PodSandbox, port: number): ((client: Duplex) => Promise<void>) | undefined {
    const listener = this.#network.fromNode(pod, port);
    return listener && ((client) => serveBytes(listener, client));
  }

  probeTcp(pod: PodSandbox, port: number): Promise<ProbeResult> {
    const open = this.#network.fromNode(pod, port) !== undefined;
    return Promise.resolve(
      open ? { ok: true } : { ok: false, message: `dial tcp ${pod.ip}:${port}: connect: connection refused` },
    );
  }

  /** An HTTP GET from a pod, through the same network as its own programs'. */
  readonly getFromPod: GetFromPod = async ({ namespace, pod }, address, timeoutMs) => {
    const uid = this.#mirror.get('Pod', pod, namespace)?.metadata?.uid ?? '';
    const sandbox = this.#pods.get(uid)?.sandbox;
    if (!sandbox) return { result: 'impossible', detail: `pod ${namespace}/${pod} is not running` };
    const url = new URL(address);
    const connection = this.#network.connect(sandbox, url.hostname, Number(url.port || 80));
    if (connection.result === 'unresolved') return { result: 'unresolved', detail: url.hostname };
    if (connection.result !== 'open') return { result: connection.result, detail: connection.ip };
    if (!connection.listener.http) return { result: 'refused', detail: 'what listens there does not speak HTTP' };
    const request = { method: 'GET', path: url.pathname + url.search, headers: { host: url.host }, body: '' };
    const response = await within(timeoutMs, connection.listener.http(request));
    return response
      ? { result: 'answered', status: response.status, body: response.body }
      : { result: 'timeout', detail: connection.ip };
  };
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), milliseconds)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
