/** A difference between the real node and the simulated one that is meant to stay. */
export interface KnownDifference {
  /** Those in which it is to be seen, each of them; `any` where it may be seen in every case, and is in at least one. */
  cases: readonly string[] | 'any';
  /** Whether it is seen at times only. */
  seldom?: true;
  /** Why it stays. */
  reason: string;
  /** What the real node says; without it, the simulated one says something more. */
  real?: RegExp;
  /** What the simulated node says instead, with `$1` for what is the same; without it, it says nothing. */
  simulated?: string;
}

export interface Comparison {
  /** Facts that only one of the two has, and that no known difference explains: `real: …`, `simulated: …`. */
  unknown: string[];
  /** Those that were seen. */
  known: Set<KnownDifference>;
}

/** Compares a case's facts word for word, but for differences that are known of it. */
export function compare(
  name: string,
  facts: { real: readonly string[]; simulated: readonly string[] },
  differences: readonly KnownDifference[],
): Comparison {
  const real = new Set(facts.real.filter((fact) => !facts.simulated.includes(fact)));
  const simulated = new Set(facts.simulated.filter((fact) => !facts.real.includes(fact)));
  const known = new Set<KnownDifference>();
  for (const difference of differences)
    if (difference.cases === 'any' || difference.cases.includes(name))
      if (explain(difference, real, simulated)) known.add(difference);
  const unknown = [...[...real].map((fact) => `real: ${fact}`), ...[...simulated].map((fact) => `simulated: ${fact}`)];
  return { unknown, known };
}

/** Takes away what a known difference explains. @returns whether that is anything */
function explain(difference: KnownDifference, real: Set<string>, simulated: Set<string>): boolean {
  if (difference.real === undefined) return simulated.delete(difference.simulated ?? '');
  const pattern = new RegExp(`^${difference.real.source}$`);
  let found = false;
  for (const fact of real) {
    if (!pattern.test(fact)) continue;
    if (difference.simulated !== undefined) {
      const other = fact.replace(pattern, difference.simulated);
      // Facts of two containers may be told alike by one of the nodes.
      if (!simulated.has(other)) continue;
      simulated.delete(other);
    }
    real.delete(fact);
    found = true;
  }
  return found;
}
