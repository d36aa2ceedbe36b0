import type { V1Pod } from '@kubernetes/client-node';

/** What is called otherwise on each cluster. */
export interface Names {
  /** Of the only node. */
  node: string;
  nodeIP: string;
}

/** A pod's name; without what is different each time, where a controller made it up. */
export function podName({ metadata }: V1Pod): string {
  return metadata?.generateName === undefined ? (metadata?.name ?? '') : `${minutes(metadata.generateName)}{random}`;
}

/** Puts placeholders for what can't be the same on two clusters: names made up, addresses, ids, durations, sizes. */
export function normalise(text: string, pods: readonly V1Pod[], { node, nodeIP }: Names): string {
  let result = text;
  for (const pod of pods) {
    const { name = '', uid = '' } = pod.metadata ?? {};
    const { podIP = '' } = pod.status ?? {};
    if (uid) result = result.replaceAll(uid, '{uid}');
    if (name) result = result.replaceAll(name, podName(pod));
    // One address may begin another.
    if (podIP) result = result.replaceAll(new RegExp(`(?<![\\w.])${RegExp.escape(podIP)}(?!\\w)`, 'g'), '{pod IP}');
  }
  return minutes(result)
    .replaceAll(nodeIP, '{node IP}')
    .replaceAll(new RegExp(`\\b${node}\\b`, 'g'), '{node}')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '{id}')
    .replaceAll(/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-{random}')
    .replaceAll(/\bin [\d.]+m?s \([\d.]+m?s including waiting\)/g, 'in {duration} ({duration} including waiting)')
    .replaceAll(/\bImage size: \d+ bytes/g, 'Image size: {number} bytes');
}

/** A CronJob names its Jobs by the minute. */
function minutes(text: string): string {
  return text.replaceAll(/-\d{8}\b/g, '-{minute}');
}
