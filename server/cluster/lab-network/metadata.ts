import { inRange, parseAddress, parseRange } from '../../grader/network/address.ts';

/**
 * Where clouds give metadata and credentials to whoever asks from a node: link-local addresses (RFC 3927; RFC 4291, 2.5.6), which AWS,
 * Azure, Google and OpenStack use, and those that are not: of AWS over IPv6 (instance metadata, EKS Pod Identity), Google over IPv6,
 * Alibaba, and Azure's platform.
 */
export const metadataRanges = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
];

const parsed = metadataRanges.map(parseRange).filter((range) => range !== null);

export function isMetadata(ip: string): boolean {
  const address = parseAddress(ip);
  return address !== null && parsed.some((range) => inRange(address, range));
}
