import { arch, cpus, totalmem } from 'node:os';
import { KubeError } from '../../kube-error.ts';
import type { Kube } from '../../kube.ts';

export interface NodeIdentity {
  name: string;
  /** Where the kubelet's API listens. */
  ip: string;
  port: number;
  version: string;
}

const condition = (type: string, status: string, reason: string, message: string) => {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: now };
};

/** Makes the Node object, or brings it up to date. */
export async function registerNode(kube: Kube, { name, ip, port, version }: NodeIdentity): Promise<void> {
  const path = '/api/v1/nodes';
  const metadata = {
    name,
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': arch() === 'arm64' ? 'arm64' : 'amd64',
      'node.haechi.dev/simulated': 'true',
    },
  };
  try {
    await kube.request('POST', path, {
      body: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata,
        spec: { podCIDR: '10.244.0.0/16', podCIDRs: ['10.244.0.0/16'] },
      },
    });
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 409)) throw error;
  }
  await kube.request('PATCH', `${path}/${name}`, {
    contentType: 'application/merge-patch+json',
    body: { spec: { taints: null, unschedulable: null } },
  });
  const room = {
    cpu: String(cpus().length * 16),
    memory: `${Math.floor(totalmem() / 1024) * 16}Ki`,
    pods: '4000',
    'ephemeral-storage': '100Gi',
  };
  const status = {
    addresses: [
      { type: 'InternalIP', address: ip },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    // Says that exec may be passed on as a plain WebSocket.
    declaredFeatures: ['ExtendWebSocketsToKubelet'],
    capacity: room,
    allocatable: room,
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    nodeInfo: {
      machineID: name,
      systemUUID: name,
      bootID: name,
      kernelVersion: 'simulated',
      osImage: 'Haechi simulated node',
      containerRuntimeVersion: 'haechi://1',
      kubeletVersion: version,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: arch() === 'arm64' ? 'arm64' : 'amd64',
    },
  };
  await kube.request('PATCH', `${path}/${name}/status`, {
    contentType: 'application/merge-patch+json',
    body: { status },
  });
}
