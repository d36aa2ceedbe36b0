import type { FlowTrial, TrialAnswer } from '../../cluster.ts';
import type { RunResult } from './run-in-container.ts';

/** How long an answer may take. */
const deadlineSeconds = 1;
/** How many are tried at the same time: the processes' memory counts for the pod. */
const atOnce = 16;
/** How long the programs may take beside waiting for answers: starting one takes a tenth of a second on a node that is busy. */
const spareMs = 8000;

/**
 * BusyBox' nc runs a program as soon as it is connected: one that ends at once closes the connection without a word to the
 * server. Some builds' nc keeps refusals to itself until it is told twice to be verbose; others can't be told. A name of the
 * cluster's own is answered by cluster DNS itself, also that there is none. Arguments are the deadline, how many at once, then
 * `tcp ADDRESS PORT` or `udp ADDRESS PORT` for each.
 */
const script = `
case $(nc --help 2>&1) in *Verbose*) verbose="-v -v" ;; *) verbose= ;; esac
tcp() { said=$(nc $verbose -w "$1" "$3" "$4" -e true 2>&1 </dev/null) && said=answered; echo "$2" $said; }
udp() { said=$(timeout "$1" nslookup -type=a kubernetes.default.svc.cluster.local "$3" 2>&1 </dev/null); echo "$2" $said; }
deadline=$1; most=$2; shift 2; number=0
while [ $# -ge 3 ]; do
  "$1" "$deadline" "$number" "$2" "$3" &
  shift 3; number=$((number + 1))
  [ $((number % most)) -ne 0 ] || wait
done
wait
`;

/** A program that tries flows at the same time and says of each what came of it; `answersOf` reads that. */
export function trying(flows: readonly FlowTrial[]): { argv: string[]; timeoutMs: number } {
  const args = flows.flatMap(({ ip, port, protocol }) => [protocol.toLowerCase(), ip, String(port)]);
  return {
    argv: ['sh', '-c', script, 'try', String(deadlineSeconds), String(atOnce), ...args],
    timeoutMs: Math.ceil(flows.length / atOnce) * deadlineSeconds * 1000 + spareMs,
  };
}

/** What came of each flow, in their order. */
export function answersOf(flows: readonly FlowTrial[], { stdout }: Pick<RunResult, 'stdout'>): TrialAnswer[] {
  const said = new Map<number, string>();
  for (const line of stdout.split('\n')) {
    const match = /^(\d+)(.*)$/.exec(line);
    if (match) said.set(Number(match[1]), (match[2] ?? '').trim());
  }
  return flows.map(({ protocol }, index) => {
    const words = said.get(index);
    if (words === undefined) return 'failed';
    if (/Connection refused/.test(words)) return 'refused';
    if (/No route to host|unreachable/.test(words)) return 'unreachable';
    if (protocol === 'TCP') return words === 'answered' ? 'answered' : /timed out/.test(words) ? 'silent' : 'failed';
    // nslookup names the server that answered; ended at its deadline, it has said nothing.
    if (/^Server:/.test(words)) return 'answered';
    return /^(|Terminated|.*timed out.*)$/.test(words) ? 'silent' : 'failed';
  });
}
