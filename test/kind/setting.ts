import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../../server/contract/progress.ts';

/** Of `docker info --format '{{json .}}'` of Docker 28 on Linux: what kind and Haechi read. */
const info = {
  CgroupDriver: 'systemd',
  CgroupVersion: '2',
  MemoryLimit: true,
  PidsLimit: true,
  CPUShares: true,
  SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
  MemTotal: 16_600_000_000,
  NCPU: 8,
  Architecture: 'x86_64',
  ServerVersion: '28.2.2',
};

/** A machine for one test, on which Docker is the stand-in beside this file. */
export class Setting {
  readonly folder: string;
  /** The only folder of our own on PATH. */
  readonly bin: string;
  readonly environment: NodeJS.ProcessEnv;
  /** All that was told so far. */
  readonly told: Progress[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.bin = join(folder, 'bin');
    this.environment = { PATH: `${this.bin}:/usr/bin:/bin`, HOME: folder, STAND_IN_DOCKER: folder };
  }

  static async open(): Promise<Setting> {
    const setting = new Setting(await mkdtemp(join(tmpdir(), 'haechi-kind-test-')));
    for (const name of ['bin', 'containers', 'images', 'fail', 'hold']) mkdirSync(join(setting.folder, name));
    for (const name of ['docker', 'kind'])
      copyFileSync(join(import.meta.dirname, `${name}.sh`), join(setting.bin, name));
    writeFileSync(join(setting.folder, 'recorded'), join(import.meta.dirname, 'recorded'));
    mkdirSync(join(setting.folder, 'kind-says'));
    setting.dockerSays({});
    setting.loaded([]);
    return setting;
  }

  /** What `docker info` says else. */
  dockerSays(more: Partial<typeof info>): void {
    writeFileSync(join(this.folder, 'info'), `${JSON.stringify({ ...info, ...more })}\n`);
  }

  remove(program: 'docker' | 'kind'): void {
    rmSync(join(this.bin, program));
  }

  /** What kind says to a command from now on: a recording's name. */
  kindSays(command: 'create' | 'get-kubeconfig' | 'load', recording: string): void {
    writeFileSync(join(this.folder, 'kind-says', command), `${recording}\n`);
  }

  kindVersionIs(line: string): void {
    writeFileSync(join(this.folder, 'kind-version'), `${line}\n`);
  }

  /** From now on a command of docker (`exec-PROGRAM` for one in a container, `run-NAME` for the start of one) fails with these words. */
  fail(command: string, words: string): void {
    writeFileSync(join(this.folder, 'fail', command), `${words}\n`);
  }

  mend(command: string): void {
    rmSync(join(this.folder, 'fail', command));
  }

  /** From now on a command of docker stays in the middle. */
  hold(command: string): void {
    writeFileSync(join(this.folder, 'hold', command), '');
  }

  letGo(command: string): void {
    rmSync(join(this.folder, 'hold', command));
  }

  /** The pids of what docker's held commands have started. */
  get held(): number[] {
    return this.#lines('held').map(Number);
  }

  /** A node's container; `running` if not said else. */
  put(name: string, state = 'running'): void {
    const folder = join(this.folder, 'containers', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'role'), `${name.endsWith('control-plane') ? 'control-plane' : 'worker'}\n`);
    writeFileSync(join(folder, 'state'), `${state}\n`);
  }

  stateOf(name: string): string {
    return readFileSync(join(this.folder, 'containers', name, 'state'), 'utf8').trim();
  }

  /** An image that Docker has. */
  putImage(image: string): void {
    writeFileSync(join(this.folder, 'images', image.replace(/[/:@]/g, '_')), '');
  }

  hasImage(image: string): boolean {
    return existsSync(join(this.folder, 'images', image.replace(/[/:@]/g, '_')));
  }

  /** Images that the nodes have. */
  loaded(images: readonly string[]): void {
    writeFileSync(
      join(this.folder, 'loaded'),
      JSON.stringify({ images: images.map((each) => ({ repoTags: [each] })) }),
    );
  }

  /** What docker was asked, one line a command. */
  get calls(): string[] {
    return this.#lines('calls');
  }

  /** The API server that the cluster's own kubeconfig leads to from now on, when the control plane has been set up. */
  kubeconfigWillBe(port: number): void {
    writeFileSync(join(this.folder, 'made.conf'), administratorConfig);
    writeFileSync(join(this.folder, 'port'), `${port}\n`);
  }

  /** That one has been. @param kubeconfig its administrator's */
  kubeconfigIs(port: number, kubeconfig = administratorConfig): void {
    this.kubeconfigWillBe(port);
    writeFileSync(join(this.folder, 'admin.conf'), kubeconfig);
  }

  async close(): Promise<void> {
    // A docker that kind had not waited for may still write.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #lines(name: string): string[] {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }
}

/** As kubeadm writes it, without certificates: the tests' API server asks for none. */
const administratorConfig = `apiVersion: v1
kind: Config
clusters:
  - name: haechi
    cluster: { server: "https://haechi-control-plane:6443", insecure-skip-tls-verify: true }
users:
  - name: kubernetes-admin
    user: {}
contexts:
  - name: kubernetes-admin@haechi
    context: { cluster: haechi, user: kubernetes-admin }
current-context: kubernetes-admin@haechi
`;
