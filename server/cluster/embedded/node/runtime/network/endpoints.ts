import type { NodeMirror } from '../../node-mirror.ts';

export interface Endpoint {
  ip: string;
  port: number;
  /** The name of its own below a headless Service; empty for none. */
  hostname: string;
}

/**
 * The ready endpoints of a Service, as its EndpointSlices name them.
 * @param portName only those of this port of the Service.
 */
export function readyEndpoints(mirror: NodeMirror, namespace: string, service: string, portName?: string): Endpoint[] {
  return mirror
    .list('EndpointSlice', namespace)
    .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service)
    .flatMap((slice) => {
      const port = slice.ports?.find(({ name }) => portName === undefined || (name ?? '') === portName)?.port ?? 0;
      return (slice.endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses, hostname = '' }) => addresses.map((ip) => ({ ip, port, hostname })));
    });
}
