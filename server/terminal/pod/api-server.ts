import type { V1EndpointSliceList, V1Service } from '@kubernetes/client-node';
import type { Kube } from '../../cluster/kube.ts';
import type { ApiServerAddresses } from './manifests.ts';

/** The API server as the cluster itself names it: Service `kubernetes` in `default`. @throws KubeError */
export async function apiServerAddresses(kube: Kube): Promise<ApiServerAddresses> {
  const namespace = 'default';
  const [{ value: service }, { value: slices }] = await Promise.all([
    kube.request<V1Service>('GET', `/api/v1/namespaces/${namespace}/services/kubernetes`),
    kube.request<V1EndpointSliceList>('GET', `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      query: { labelSelector: 'kubernetes.io/service-name=kubernetes' },
    }),
  ]);
  const { clusterIP, ports } = service.spec ?? {};
  const port = ports?.find(({ name }) => name === 'https')?.port;
  if (!clusterIP || port === undefined)
    throw new Error('the Service default/kubernetes has no address with a port "https"');
  const endpoints = slices.items.flatMap((slice) =>
    (slice.endpoints ?? []).flatMap(({ addresses }) =>
      addresses.flatMap((address) =>
        (slice.ports ?? []).flatMap((each) => (each.port === undefined ? [] : [{ address, port: each.port }])),
      ),
    ),
  );
  return { service: { address: clusterIP, port }, endpoints };
}
