import type { Rule } from '../rule.ts';

const safe = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports', // v1.27+
  'net.ipv4.tcp_keepalive_time', // v1.29+
  'net.ipv4.tcp_fin_timeout', // v1.29+
  'net.ipv4.tcp_keepalive_intvl', // v1.29+
  'net.ipv4.tcp_keepalive_probes', // v1.29+
  'net.ipv4.tcp_rmem', // v1.32+
  'net.ipv4.tcp_wmem', // v1.32+
  'net.ipv4.tcp_slow_start_after_idle', // v1.37+
  'net.ipv4.tcp_notsent_lowat', // v1.37+
]);

/**
 * Sysctls. "Sysctls can disable security mechanisms or affect all containers on a host, and should be disallowed except
 * for an allowed safe subset."
 *
 * Fields: spec.securityContext.sysctls[*].name. Allowed: undefined, the list above.
 */
export const sysctls: Rule = {
  id: 'sysctls',
  level: 'baseline',
  check({ spec }) {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safe.has(name));
    return names.length === 0 ? null : { reason: 'forbidden sysctls', detail: names.join(', ') };
  },
};
