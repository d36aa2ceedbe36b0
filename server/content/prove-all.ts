import type { Environment } from '../attempt/environment.ts';
import type { Lab } from './content.ts';
import { claimsOf, Prover, type Claim, type Proof } from './prove.ts';

/**
 * Proves all claims of labs.
 * @param sideBySide how many at the same time; each of them stays with a lab as long as that has claims, to set it up once.
 * @param tell called with each as it is known, and with a `clean up` that doesn't hold where something is left of a lab.
 */
export async function proveAll(
  labs: readonly Lab[],
  sideBySide: number,
  tell: (proof: Proof) => void,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const open = new Map(labs.map((lab) => [lab, claimsOf(lab)]));
  const next = (lab: Lab | undefined): Claim | undefined => {
    const same = lab ? (open.get(lab) ?? []) : [];
    if (same.length > 0) return same.shift();
    return [...open.values()].toSorted((one, other) => other.length - one.length)[0]?.shift();
  };
  let suffixes = 0;
  const interrupted = () => signal.aborted;
  const work = async () => {
    let prover: Prover | undefined;
    const end = async () => {
      const began = Date.now();
      const seen = (await prover?.end()) ?? '';
      if (prover && seen !== '')
        tell({ lab: prover.lab.id, claim: 'clean up', holds: false, seen, milliseconds: Date.now() - began });
    };
    for (let claim = next(undefined); claim && !interrupted(); claim = next(claim.lab)) {
      if (prover?.lab !== claim.lab) {
        await end();
        prover = new Prover(claim.lab, `proof${suffixes++}`, environment, signal);
      }
      const proof = await prover.prove(claim);
      // An interruption proves nothing.
      if (!interrupted()) tell(proof);
    }
    await end();
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  signal.throwIfAborted();
}
