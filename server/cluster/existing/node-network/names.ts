/** The namespace of the pods that keep nodes' rules, and their name: alone there, as no other namespace of ours lets them in. */
export const nodeNetwork = 'haechi-node-network';
export const nodeNetworkLabel = { 'app.kubernetes.io/name': nodeNetwork };
export const container = 'rules';
