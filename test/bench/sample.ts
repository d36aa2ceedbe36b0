/** One measured figure: all its samples, in its unit. */
export interface Measurement {
  name: string;
  unit: 'ms' | 'MB';
  samples: number[];
  /** What the project aims for, in words; empty if nothing was promised. */
  goal: string;
}

/** The value that `fraction` of the samples don't exceed (nearest rank). NaN without samples. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
}

/** A table for people. */
export function toTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ name, unit, samples, goal }) => [
    name,
    String(samples.length),
    `${percentile(samples, 0.5).toFixed(1)} ${unit}`,
    `${percentile(samples, 0.95).toFixed(1)} ${unit}`,
    `${percentile(samples, 0.99).toFixed(1)} ${unit}`,
    goal,
  ]);
  const all = [['measurement', 'n', 'median', 'p95', 'p99', 'goal'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
