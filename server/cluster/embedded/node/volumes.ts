import { setTimeout as sleep } from 'node:timers/promises';
import type { V1DownwardAPIVolumeFile, V1KeyToPath, V1Pod, V1Volume } from '@kubernetes/client-node';
import type { Kube } from '../../kube.ts';
import { requestToken } from '../../request-token.ts';
import type { ContainerRuntime, PodSandbox } from './container.ts';
import type { PodVolume, VolumeFile } from './pod-volume.ts';
import { fieldOf } from './fields.ts';
import { quantityOf } from './quantity.ts';
import { claimNameOf } from './scheduling/claims.ts';
import { storageOf } from './storage/storage-of.ts';
import type { NodeMirror } from './node-mirror.ts';
import { sourceOf, SourceError } from './sources.ts';

const known = new Set([
  ...['emptyDir', 'configMap', 'secret', 'projected', 'downwardAPI', 'hostPath'],
  ...['persistentVolumeClaim', 'ephemeral'],
]);

/** A pod's volumes by name, and how each follows its source. */
export class PodVolumes {
  readonly byName = new Map<string, PodVolume>();
  readonly #pod: V1Pod;
  readonly #sandbox: PodSandbox;
  readonly #mirror: NodeMirror;
  readonly #kube: Kube;
  readonly #runtime: ContainerRuntime;
  /** Tokens by audience and expiry, and until when they are used. */
  readonly #tokens = new Map<string, { token: string; renewAt: number }>();

  constructor(options: { pod: V1Pod; sandbox: PodSandbox; runtime: ContainerRuntime; mirror: NodeMirror; kube: Kube }) {
    this.#pod = options.pod;
    this.#sandbox = options.sandbox;
    this.#mirror = options.mirror;
    this.#kube = options.kube;
    this.#runtime = options.runtime;
    for (const volume of options.pod.spec?.volumes ?? [])
      if (claimNameOf(options.pod, volume) === undefined) this.#create(volume);
  }

  /** Tries until all of them are there. @returns whether they are, rather than that it is to stop */
  async mount(signal: AbortSignal, onProblem: (message: string) => void): Promise<boolean> {
    for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 2000)) {
      try {
        this.refresh();
        return true;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        onProblem(error.message);
        await sleep(wait, undefined, { signal }).catch(() => undefined);
      }
    }
    return false;
  }

  /** Brings every volume up to its source. @throws SourceError in the kubelet's words, naming the volume. */
  refresh(): void {
    for (const volume of this.#pod.spec?.volumes ?? []) {
      try {
        const files = this.#filesOf(volume);
        if (files) this.byName.get(volume.name)?.replace(files);
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        throw new SourceError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
      }
    }
  }

  #filesOf(volume: V1Volume): Map<string, VolumeFile> | undefined {
    const { configMap, secret, projected, downwardAPI } = volume;
    const claim = claimNameOf(this.#pod, volume);
    if (claim !== undefined) {
      if (!this.byName.has(volume.name)) this.#create(volume, storageOf(this.#mirror, this.#sandbox.namespace, claim));
      return undefined;
    }
    const unknown = Object.keys(volume).find((key) => key !== 'name' && !known.has(key));
    if (unknown !== undefined)
      throw new SourceError(`the simulated node has no ${unknown} volumes; it has ${[...known].join(', ')}`);
    if (configMap)
      return this.#keys('ConfigMap', configMap.name ?? '', configMap.items, configMap.defaultMode, configMap.optional);
    if (secret) return this.#keys('Secret', secret.secretName ?? '', secret.items, secret.defaultMode, secret.optional);
    if (downwardAPI) return this.#fields(downwardAPI.items, downwardAPI.defaultMode);
    if (!projected) return undefined;
    const mode = projected.defaultMode;
    const files = new Map<string, VolumeFile>();
    const add = (more: Map<string, VolumeFile>) => more.forEach((file, path) => files.set(path, file));
    for (const { configMap: map, secret: hidden, downwardAPI: fields, serviceAccountToken } of projected.sources ??
      []) {
      if (map) add(this.#keys('ConfigMap', map.name ?? '', map.items, mode, map.optional));
      if (hidden) add(this.#keys('Secret', hidden.name ?? '', hidden.items, mode, hidden.optional));
      if (fields) add(this.#fields(fields.items, mode));
      if (serviceAccountToken) {
        const { path, audience, expirationSeconds } = serviceAccountToken;
        const token = async () => Buffer.from(await this.#token(audience, expirationSeconds ?? 3600));
        files.set(path, { ...this.#file('', mode), content: token });
      }
    }
    return files;
  }

  #create(volume: V1Volume, claimed: { storage?: string; sizeLimit?: number } = {}): void {
    const { name, hostPath, emptyDir } = volume;
    const fsGroup = this.#pod.spec?.securityContext?.fsGroup;
    const inMemory = emptyDir?.medium === 'Memory';
    const setup = {
      name,
      kind: kindOf(volume),
      ...(fsGroup === undefined ? {} : { fsGroup }),
      ...(hostPath ? { hostPath: hostPath.path } : {}),
      ...(inMemory ? { inMemory } : {}),
      // A kubelet evicts the pod when a disk's limit is exceeded; memory has no more than its limit.
      ...(inMemory && emptyDir.sizeLimit ? { sizeLimit: quantityOf(emptyDir.sizeLimit) } : {}),
      ...claimed,
    };
    this.byName.set(name, this.#runtime.createVolume(this.#sandbox, setup));
  }

  #fields(items: V1DownwardAPIVolumeFile[] = [], mode?: number): Map<string, VolumeFile> {
    return new Map(
      items.map(({ path, fieldRef }) => [
        path,
        this.#file(fieldOf(this.#pod, fieldRef?.fieldPath ?? '', this.#sandbox.ip), mode),
      ]),
    );
  }

  #keys(
    kind: 'Secret' | 'ConfigMap',
    name: string,
    items: V1KeyToPath[] | undefined,
    mode?: number,
    optional?: boolean,
  ): Map<string, VolumeFile> {
    const data = sourceOf(this.#mirror, kind, this.#sandbox.namespace, name, optional) ?? new Map<string, Buffer>();
    if (!items) return new Map([...data].map(([key, value]) => [key, this.#file(value, mode)]));
    return new Map(
      items.flatMap((item): [string, VolumeFile][] => {
        const value = data.get(item.key);
        if (value) return [[item.path, this.#file(value, item.mode ?? mode)]];
        if (optional) return [];
        throw new SourceError(`references non-existent ${kind.toLowerCase()} key: ${item.key}`);
      }),
    );
  }

  #file(content: Buffer | string, mode = 0o644): VolumeFile {
    const group = this.#pod.spec?.securityContext?.fsGroup;
    return { content: Buffer.from(content), mode: group === undefined ? mode : mode | 0o040, uid: 0, gid: group ?? 0 };
  }

  /** Asked for when it is read: few programs do, and asking is dear when many pods start at once. */
  async #token(audience: string | undefined, expirationSeconds: number): Promise<string> {
    const key = `${audience ?? ''} ${expirationSeconds}`;
    const known = this.#tokens.get(key);
    if (known && known.renewAt > Date.now()) return known.token;
    const { namespace, name, uid } = this.#sandbox;
    const account = this.#pod.spec?.serviceAccountName ?? 'default';
    const { token } = await requestToken(
      this.#kube,
      { namespace, name: account },
      {
        ...(audience ? { audiences: [audience] } : {}),
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    );
    this.#tokens.set(key, { token, renewAt: Date.now() + expirationSeconds * 800 });
    return token;
  }
}

function kindOf(volume: V1Volume): PodVolume['kind'] {
  const kinds = ['configMap', 'secret', 'projected', 'downwardAPI', 'hostPath', 'persistentVolumeClaim'] as const;
  if (volume.ephemeral) return 'persistentVolumeClaim';
  return kinds.find((kind) => volume[kind] !== undefined) ?? 'emptyDir';
}
