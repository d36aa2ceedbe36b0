import type { Facts } from './facts.ts';

/** The address of the cloud's instance metadata service. */
export const metadataAddress = '169.254.169.254';

/** Arbitrary public addresses: who may reach the internet must reach these. */
export const internetSamples: readonly string[] = ['1.1.1.1', '151.101.65.69'];
const internetSample6 = '2606:4700:4700::1111';

/** Ranges that are not the internet (IANA special-purpose registry); documentation ranges play the internet in labs. */
const notPublic = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
].map(interval);

export function isPublic(address: string): boolean {
  if (address.includes(':')) return /^[23]/.test(address);
  const number = toNumber(address);
  return !notPublic.some(([first, last]) => number >= first && number <= last);
}

export function isWithin(address: string, range: string): boolean {
  if (address.includes(':')) return false;
  const [first, last] = interval(range);
  const number = toNumber(address);
  return number >= first && number <= last;
}

/**
 * Addresses that stand for all there are. Which addresses a set of policies lets through only changes at the borders of
 * their ipBlocks, so one address of each interval between borders decides for all of it.
 * @param ranges what the lab itself names: addresses and CIDRs.
 */
export function representatives({ policies }: Pick<Facts, 'policies'>, ranges: readonly string[]): string[] {
  const blocks = ipBlocks(policies);
  const borders = new Set<number>();
  for (const [first, last] of [...blocks, ...ranges, metadataAddress].filter(isIPv4).map(interval)) {
    borders.add(first);
    if (last < 2 ** 32 - 1) borders.add(last + 1);
  }
  const six = blocks.filter((block) => block.includes(':'));
  const firstSix = six.map((block) => block.replace(/\/.*/, '')).map((ip) => (ip.endsWith('::') ? `${ip}1` : ip));
  return [
    ...new Set([
      ...internetSamples,
      metadataAddress,
      ...[...borders].sort((a, b) => a - b).map(toAddress),
      ...(six.length > 0 ? [internetSample6, ...firstSix] : []),
    ]),
  ];
}

/** Every `cidr` and `except` of some policies. */
export function ipBlocks(policies: Facts['policies']): string[] {
  return policies.flatMap(({ spec }) =>
    [...(spec?.ingress ?? []), ...(spec?.egress ?? [])].flatMap((rule) => {
      const { from, to } = rule as { from?: Peer[]; to?: Peer[] };
      return [...(from ?? []), ...(to ?? [])].flatMap(({ ipBlock }) =>
        ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [],
      );
    }),
  );
}

interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
}

function isIPv4(text: string): boolean {
  return /^\d+(\.\d+){3}(\/\d+)?$/.test(text);
}

/** First and last address of a range or of one address, as numbers. */
function interval(range: string): [number, number] {
  const [address = '', prefix = '32'] = range.split('/');
  const size = 2 ** (32 - Number(prefix));
  const first = Math.floor(toNumber(address) / size) * size;
  return [first, first + size - 1];
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
