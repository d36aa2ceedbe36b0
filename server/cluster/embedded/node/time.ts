/** Kubernetes writes times without fractions; the types want a Date, the API a string. */
export function stamp(date: Date): Date {
  return date.toISOString().replace(/\.\d+Z$/, 'Z') as unknown as Date;
}

/** As Go writes durations: 10s, 1m20s, 5m0s. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
