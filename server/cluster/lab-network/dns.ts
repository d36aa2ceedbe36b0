/** What cluster DNS is labelled with (`k8s-app`), in `kube-system`: its Service and pods, and a cache on each node. */
export const dnsNames = ['kube-dns', 'coredns', 'node-local-dns'];
export const dnsPort = 53;
