export interface VolumeFile {
  /** Where it is made only for who reads it, how. */
  content: Uint8Array | (() => Promise<Uint8Array>);
  /** Permission bits, as 0o644. */
  mode: number;
  uid: number;
  gid: number;
}

/**
 * One volume of one pod. Containers that mount it share it. `replace` is how Secrets, ConfigMaps, tokens and the
 * downward API follow their source while containers run.
 */
export interface PodVolume {
  readonly name: string;
  readonly kind:
    'emptyDir' | 'configMap' | 'secret' | 'projected' | 'downwardAPI' | 'hostPath' | 'persistentVolumeClaim';
  /** Bytes it may hold; undefined for no limit. */
  readonly sizeLimit?: number;
  /** Puts exactly these files (by path below the volume) in place of what a source gave before. */
  replace(files: Map<string, VolumeFile>): void;
  /** Bytes that it holds. */
  used(): Promise<number>;
}

export interface VolumeSetup {
  name: string;
  kind: PodVolume['kind'];
  sizeLimit?: number;
  fsGroup?: number;
  hostPath?: string;
  /** The PersistentVolume that it is: its files outlive the pod. */
  storage?: string;
  /** Whether it is kept in the container's memory, rather than on a disk. */
  inMemory?: boolean;
}

export interface ContainerMount {
  volume: PodVolume;
  path: string;
  subPath?: string;
  readOnly: boolean;
}
