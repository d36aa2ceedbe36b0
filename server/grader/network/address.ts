import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = [Address, number];

/** @returns null when it is no address. An IPv4 address in IPv6 clothes (`::ffff:10.0.0.1`) is the IPv4 address. */
export function parseAddress(text: string): Address | null {
  const plain = withoutLeadingZeros(text);
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : null;
}

/** @returns null when it is no CIDR. Bits beyond the prefix are ignored, as Kubernetes does. */
export function parseRange(text: string): Range | null {
  const plain = withoutLeadingZeros(text);
  return ipaddr.isValidCIDR(plain) ? ipaddr.parseCIDR(plain) : null;
}

export function inRange(address: Address, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}

/** Kubernetes reads `010.0.0.0` as decimal, ipaddr.js as octal. */
function withoutLeadingZeros(text: string): string {
  return text.includes(':') ? text : text.replace(/(^|\.)0+(?=\d)/g, '$1');
}
