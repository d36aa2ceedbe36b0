import { z } from 'zod';
import { ClusterKind } from './contract/cluster-status.ts';

const noPort = 'not a port, a number from 0 to 65535';
const Port = z.coerce.number(noPort).int(noPort).min(0, noPort).max(65535, noPort);
const Name = z.string().min(1, 'empty');

/** How a setting is given. */
export interface Setting {
  /** Its option, without the dashes. In the environment it is called alike: `--metrics-port`, HAECHI_METRICS_PORT. */
  option: string;
  /** What stands for its value in the help. */
  value: string;
  about: string;
  /** What holds without it, where the schema has no default. */
  otherwise?: string;
}

const settings = z.registry<Setting>();

/** What the platform is told at its start: options win over the environment. */
export const Config = z.object({
  host: z.enum(['127.0.0.1', '::1', 'localhost']).default('127.0.0.1').register(settings, {
    option: 'host',
    value: 'ADDRESS',
    about: 'where it listens, on loopback only: nobody logs in',
  }),
  port: Port.default(8088).register(settings, {
    option: 'port',
    value: 'PORT',
    about: 'where it listens; 0 for any free one',
  }),
  cluster: ClusterKind.optional().register(settings, {
    option: 'cluster',
    value: 'NAME',
    about: 'where labs run: kind, embedded or existing',
    otherwise: 'kind where Docker and kind are, else embedded',
  }),
  kubeconfig: Name.optional().register(settings, {
    option: 'kubeconfig',
    value: 'FILE',
    about: 'for existing: the kubeconfig',
    otherwise: 'as kubectl',
  }),
  context: Name.optional().register(settings, {
    option: 'context',
    value: 'NAME',
    about: 'for existing: a context of it',
    otherwise: 'the current one',
  }),
  terminals: z.enum(['sandbox', 'pod']).optional().register(settings, {
    option: 'terminals',
    value: 'NAME',
    about: 'where shells run: sandbox, on this machine, or pod, one for each attempt',
    otherwise: 'sandbox with embedded, else pod',
  }),
  workbenchImage: Name.optional().register(settings, {
    option: 'workbench-image',
    value: 'IMAGE',
    about: 'for pod: what the workbench image is called in a registry of your own',
  }),
  nodeNetwork: z.enum(['on', 'off']).default('on').register(settings, {
    option: 'node-network',
    value: 'on|off',
    about: 'on real nodes: whether they keep lab pods from other attempts, other pods, nodes and metadata',
  }),
  nodeNetworkImage: Name.optional().register(settings, {
    option: 'node-network-image',
    value: 'IMAGE',
    about: 'what the image is called that does it, in a registry of your own',
  }),
  metricsPort: Port.optional().register(settings, {
    option: 'metrics-port',
    value: 'PORT',
    about: 'where health, readiness and metrics are asked for; 0 for any free one',
    otherwise: 'nowhere',
  }),
  metricsHost: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1').register(settings, {
    option: 'metrics-host',
    value: 'IP',
    about: 'the address that goes with it',
  }),
  dataFolder: Name.register(settings, {
    option: 'data',
    value: 'FOLDER',
    about: 'cluster state, attempts, logs',
    otherwise: '~/.local/share/haechi',
  }),
  programsDir: Name.optional().register(settings, {
    option: 'programs',
    value: 'FOLDER',
    about: 'etcd, kube-apiserver, kube-controller-manager and kubectl that you already have',
    otherwise: 'found or built',
  }),
  mirror: z
    .url({ protocol: /^https?$/, error: 'not an http or https URL' })
    .optional()
    .register(settings, {
      option: 'mirror',
      value: 'URL',
      about: 'where the release files of Kubernetes and etcd come from',
      otherwise: 'their publishers',
    }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').register(settings, {
    option: 'log',
    value: 'LEVEL',
    about: 'debug, info, warn or error',
  }),
});
export type Config = z.infer<typeof Config>;

/** Each setting's key, and how it is given. In the order of the help. */
export const givenAs: readonly (readonly [key: string, setting: Setting])[] = Object.entries(Config.shape).map(
  ([key, schema]) => {
    const setting = settings.get(schema);
    if (!setting) throw new Error(`the setting ${key} has no option`);
    return [key, schema instanceof z.ZodDefault ? { ...setting, otherwise: String(schema.def.defaultValue) } : setting];
  },
);
