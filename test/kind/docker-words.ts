const address = '127.0.0.1:40123';
const endpoint = 'haechi-control-plane (5d8c0b1f7a52)';
const networking = `failed to set up container networking: driver failed programming external connectivity on endpoint ${endpoint}`;
const help = "\n\nRun 'docker run --help' for more information";

/** What Docker says when it can't. Those of the client were recorded from Docker 28.2.2. */
export const words = {
  /** Recorded without a daemon. */
  notRunning: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  /** Recorded as a user whom the socket is closed to. */
  denied:
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/info": dial unix /var/run/docker.sock: connect: permission denied',
  /** Its successor's (github.com/moby/moby/client v0.6.2, request.go). */
  deniedFrom29: 'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock',
  /** moby 28.5.2: daemon/container_operations.go, libnetwork/endpoint.go, libnetwork/drivers/bridge/port_mapping_linux.go. */
  portInUse: `docker: Error response from daemon: ${networking}: failed to bind host port for ${address}:172.18.0.2:6443/tcp: address already in use${help}`,
  /** moby 28.5.2: libnetwork/portallocator/portallocator.go. */
  portAllocated: `docker: Error response from daemon: ${networking}: Bind for ${address} failed: port is already allocated${help}`,
  /** Of `docker start`: the same (docker/cli 28, cli/command/container/start.go, for the last line). */
  startPortInUse: `Error response from daemon: ${networking}: failed to bind host port for ${address}:172.18.0.2:6443/tcp: address already in use\nError: failed to start containers: haechi-control-plane`,
  /** moby's registry client, with Go's net package's words. */
  noNetwork:
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: server misbehaving',
  /** containerd's ctr, as reported in kubernetes-sigs/kind#4066. */
  contentMissing:
    'ctr: content digest sha256:44b2c602cb838fd6a647d6d48cf0e6f56227351b2903263d60637ebd26545a8d: not found',
  /** kubeadm, cmd/kubeadm/app/phases of k8s.io/kubernetes: a control plane that doesn't come up. */
  kubeadm: 'error: error execution phase wait-control-plane: failed while waiting for the control plane to start',
};
