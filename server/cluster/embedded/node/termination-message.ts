import type { V1Container, V1EphemeralContainer } from '@kubernetes/client-node';
import type { Container, ContainerExit } from './container.ts';

/** The kubelet's limits (pkg/kubelet/container/runtime.go): of the file, and of what stands in for it. */
const mostBytes = 4096;
const mostLogBytes = 2048;
const mostLogLines = 80;

/** What a container that ended says of it: its file's end, or, when it failed and asks for that, its log's. */
export async function terminationMessage(
  { terminationMessagePath: path, terminationMessagePolicy }: V1Container | V1EphemeralContainer,
  container: Container,
  { exitCode }: Pick<ContainerExit, 'exitCode'>,
): Promise<string> {
  const said = path ? endOf((await container.read(path)) ?? '', mostBytes) : '';
  if (said || exitCode === 0 || terminationMessagePolicy !== 'FallbackToLogsOnError') return said;
  const lines = container.log.lines().slice(-mostLogLines);
  return endOf(lines.map(({ text }) => `${text}\n`).join(''), mostLogBytes);
}

function endOf(text: string, bytes: number): string {
  return Buffer.from(text).subarray(-bytes).toString();
}
