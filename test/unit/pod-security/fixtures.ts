import type { V1Container, V1PodSpec, V1SecurityContext, V1Volume } from '@kubernetes/client-node';

/** A pod and what the standard says of it. The same pods go to the API server's own admission. */
export interface Fixture {
  name: string;
  annotations?: Record<string, string>;
  spec: V1PodSpec;
  /** In the API server's words; empty where the pod complies. */
  baseline: string;
  restricted: string;
}

const good: V1SecurityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

function container(name: string, securityContext?: V1SecurityContext, rest: Partial<V1Container> = {}): V1Container {
  return { name, image: 'registry.k8s.io/pause:3.10', ...(securityContext ? { securityContext } : {}), ...rest };
}

function restricted(change: Partial<V1PodSpec> = {}): V1PodSpec {
  return {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container('app', good)],
    ...change,
  };
}

function withContext(change: V1SecurityContext): V1PodSpec {
  return restricted({ containers: [container('app', Object.assign({}, good, change))] });
}

function volume(name: string, source: Partial<V1Volume>): V1Volume {
  return { name, ...source };
}

const noEscalation =
  'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)';
const dropAll = 'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"])';
const nonRoot = 'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)';
const seccomp =
  'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';
const bare = `${noEscalation}, ${dropAll}, ${nonRoot}, ${seccomp}`;

/** The words are the same at both levels. */
function both(words: string): Pick<Fixture, 'baseline' | 'restricted'> {
  return { baseline: words, restricted: words };
}

export const fixtures: Fixture[] = [
  { name: 'restricted', spec: restricted(), baseline: '', restricted: '' },
  { name: 'nothing set', spec: { containers: [container('app')] }, baseline: '', restricted: bare },
  {
    name: 'set on the container instead of the pod',
    spec: {
      containers: [
        container('app', Object.assign({}, good, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })),
      ],
    },
    baseline: '',
    restricted: '',
  },
  {
    name: 'one container of two',
    spec: restricted({ containers: [container('app', good), container('log-shipper')] }),
    baseline: '',
    restricted:
      'allowPrivilegeEscalation != false (container "log-shipper" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (container "log-shipper" must set securityContext.capabilities.drop=["ALL"])',
  },
  {
    name: 'init container forgotten',
    spec: restricted({ initContainers: [container('prepare')] }),
    baseline: '',
    restricted:
      'allowPrivilegeEscalation != false (container "prepare" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (container "prepare" must set securityContext.capabilities.drop=["ALL"])',
  },
  {
    name: 'init container and container',
    spec: { initContainers: [container('prepare')], containers: [container('app')] },
    baseline: '',
    restricted:
      'allowPrivilegeEscalation != false (containers "prepare", "app" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (containers "prepare", "app" must set securityContext.capabilities.drop=["ALL"]), ' +
      'runAsNonRoot != true (pod or containers "prepare", "app" must set securityContext.runAsNonRoot=true), ' +
      'seccompProfile (pod or containers "prepare", "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  },
  {
    name: 'privileged',
    spec: restricted({ containers: [container('app', { capabilities: { drop: ['ALL'] }, privileged: true })] }),
    baseline: 'privileged (container "app" must not set securityContext.privileged=true)',
    restricted: `privileged (container "app" must not set securityContext.privileged=true), ${noEscalation}`,
  },
  { name: 'not privileged', spec: withContext({ privileged: false }), ...both('') },
  { name: 'hostNetwork', spec: restricted({ hostNetwork: true }), ...both('host namespaces (hostNetwork=true)') },
  {
    name: 'all host namespaces',
    spec: restricted({ hostNetwork: true, hostPID: true, hostIPC: true }),
    ...both('host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)'),
  },
  {
    name: 'hostPath',
    spec: restricted({ volumes: [volume('host', { hostPath: { path: '/' } })] }),
    baseline: 'hostPath volumes (volume "host")',
    restricted: 'restricted volume types (volume "host" uses restricted volume type "hostPath")',
  },
  {
    name: 'two hostPaths and an nfs volume',
    spec: restricted({
      volumes: [
        volume('a', { hostPath: { path: '/' } }),
        volume('b', { hostPath: { path: '/etc' } }),
        volume('c', { nfs: { server: 'nfs.invalid', path: '/' } }),
      ],
    }),
    baseline: 'hostPath volumes (volumes "a", "b")',
    restricted: 'restricted volume types (volumes "a", "b", "c" use restricted volume types "hostPath", "nfs")',
  },
  {
    name: 'volumes that restricted knows',
    spec: restricted({
      volumes: [
        volume('a', { emptyDir: {} }),
        volume('b', { configMap: { name: 'x' } }),
        volume('c', { secret: { secretName: 'x' } }),
        volume('d', { projected: { sources: [] } }),
        volume('e', { downwardAPI: { items: [] } }),
        volume('f', { persistentVolumeClaim: { claimName: 'x' } }),
        volume('g', { csi: { driver: 'x.invalid' } }),
        volume('h', { image: { reference: 'registry.k8s.io/pause:3.10' } }),
      ],
    }),
    ...both(''),
  },
  {
    name: 'iscsi',
    spec: restricted({
      volumes: [volume('far', { iscsi: { targetPortal: '192.0.2.1:3260', iqn: 'iqn.2001-04.com.example:a', lun: 0 } })],
    }),
    baseline: '',
    restricted: 'restricted volume types (volume "far" uses restricted volume type "iscsi")',
  },
  {
    name: 'hostPorts',
    spec: restricted({
      containers: [
        container('app', good, { ports: [{ containerPort: 8080, hostPort: 8080 }] }),
        container('other', good, { ports: [{ containerPort: 9090, hostPort: 9090 }, { containerPort: 80 }] }),
      ],
    }),
    ...both('hostPort (containers "app", "other" use hostPorts 8080, 9090)'),
  },
  {
    name: 'one hostPort',
    spec: restricted({ containers: [container('app', good, { ports: [{ containerPort: 80, hostPort: 80 }] })] }),
    ...both('hostPort (container "app" uses hostPort 80)'),
  },
  {
    name: 'probe of another host',
    spec: restricted({
      containers: [
        container('app', good, {
          livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } },
          readinessProbe: { tcpSocket: { host: '10.0.0.1', port: 80 } },
        }),
      ],
    }),
    ...both('probe or lifecycle host (container "app" uses probe or lifecycle hosts "10.0.0.1", "169.254.169.254")'),
  },
  {
    name: 'lifecycle hook of another host',
    spec: restricted({
      containers: [container('app', good, { lifecycle: { preStop: { httpGet: { host: '127.0.0.1', port: 80 } } } })],
    }),
    ...both('probe or lifecycle host (container "app" uses probe or lifecycle host "127.0.0.1")'),
  },
  {
    name: 'capabilities beyond the default',
    spec: withContext({
      allowPrivilegeEscalation: undefined,
      capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'NET_RAW', 'CHOWN'] },
    }),
    baseline:
      'non-default capabilities (container "app" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    restricted: `${noEscalation}, unrestricted capabilities (container "app" must not include "CHOWN", "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)`,
  },
  {
    name: 'default capabilities added',
    spec: withContext({ capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } }),
    baseline: '',
    restricted:
      'unrestricted capabilities (container "app" must not include "CHOWN" in securityContext.capabilities.add)',
  },
  {
    name: 'NET_BIND_SERVICE added',
    spec: withContext({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
    ...both(''),
  },
  {
    name: 'some capabilities dropped, one added',
    spec: withContext({ capabilities: { drop: ['NET_RAW'], add: ['KILL'] } }),
    baseline: '',
    restricted:
      'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]; container "app" must not include "KILL" in securityContext.capabilities.add)',
  },
  {
    name: 'escalation not set',
    spec: restricted({ containers: [container('app', { capabilities: { drop: ['ALL'] } })] }),
    baseline: '',
    restricted: noEscalation,
  },
  {
    name: 'runAsNonRoot false on the pod',
    spec: restricted({ securityContext: { runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } } }),
    baseline: '',
    restricted: 'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
  },
  {
    name: 'runAsNonRoot false on the container',
    spec: withContext({ runAsNonRoot: false }),
    baseline: '',
    restricted: 'runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false)',
  },
  {
    name: 'runAsUser 0 with runAsNonRoot',
    spec: restricted({
      securityContext: { runAsNonRoot: true, runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container('app', Object.assign({}, good, { runAsUser: 0 }))],
    }),
    baseline: '',
    restricted: 'runAsUser=0 (pod and container "app" must not set runAsUser=0)',
  },
  {
    name: 'root in a user namespace',
    spec: restricted({
      hostUsers: false,
      securityContext: { runAsNonRoot: false, runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } },
    }),
    ...both(''),
  },
  {
    name: 'seccomp Unconfined on the pod',
    spec: restricted({ securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Unconfined' } } }),
    ...both('seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")'),
  },
  {
    name: 'seccomp Unconfined on the container',
    spec: withContext({ seccompProfile: { type: 'Unconfined' } }),
    ...both('seccompProfile (container "app" must not set securityContext.seccompProfile.type to "Unconfined")'),
  },
  {
    name: 'seccomp Localhost',
    spec: restricted({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } },
    }),
    ...both(''),
  },
  {
    name: 'procMount Unmasked in a user namespace',
    spec: restricted({
      hostUsers: false,
      containers: [container('app', Object.assign({}, good, { procMount: 'Unmasked' }))],
    }),
    baseline: '',
    restricted: 'procMount (container "app" must not set securityContext.procMount to "Unmasked")',
  },
  { name: 'procMount Default', spec: withContext({ procMount: 'Default' }), ...both('') },
  {
    name: 'SELinux type, user and role',
    spec: restricted({
      securityContext: {
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
        seLinuxOptions: { user: 'system_u' },
      },
      containers: [container('app', Object.assign({}, good, { seLinuxOptions: { type: 'spc_t', role: 'system_r' } }))],
    }),
    ...both(
      'seLinuxOptions (pod and container "app" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    ),
  },
  {
    name: 'SELinux container_engine_t',
    spec: withContext({ seLinuxOptions: { type: 'container_engine_t' } }),
    ...both(''),
  },
  {
    name: 'sysctls',
    spec: restricted({
      securityContext: {
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
        sysctls: [
          { name: 'kernel.msgmax', value: '65536' },
          { name: 'net.ipv4.tcp_rmem', value: '4096' },
          { name: 'net.ipv4.tcp_notsent_lowat', value: '4096' },
        ],
      },
    }),
    ...both('forbidden sysctls (kernel.msgmax)'),
  },
  {
    name: 'AppArmor Unconfined',
    spec: withContext({ appArmorProfile: { type: 'Unconfined' } }),
    ...both('forbidden AppArmor profile (container "app" must not set AppArmor profile type to "Unconfined")'),
  },
  {
    name: 'AppArmor RuntimeDefault',
    spec: withContext({ appArmorProfile: { type: 'RuntimeDefault' } }),
    ...both(''),
  },
  {
    name: 'Windows needs no Linux settings',
    spec: {
      os: { name: 'windows' },
      securityContext: { runAsNonRoot: true },
      containers: [container('app')],
    },
    ...both(''),
  },
  {
    name: 'Windows HostProcess',
    spec: {
      os: { name: 'windows' },
      hostNetwork: true,
      securityContext: { runAsNonRoot: true, windowsOptions: { hostProcess: true } },
      containers: [container('app')],
    },
    ...both(
      'host namespaces (hostNetwork=true), hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ),
  },
  {
    name: 'several faults, in the order of the API server',
    spec: {
      hostPID: true,
      volumes: [volume('host', { hostPath: { path: '/' } })],
      containers: [container('app', { privileged: true })],
    },
    baseline:
      'host namespaces (hostPID=true), hostPath volumes (volume "host"), privileged (container "app" must not set securityContext.privileged=true)',
    restricted:
      'host namespaces (hostPID=true), privileged (container "app" must not set securityContext.privileged=true), ' +
      `${noEscalation}, ${dropAll}, restricted volume types (volume "host" uses restricted volume type "hostPath"), ${nonRoot}, ${seccomp}`,
  },
];
