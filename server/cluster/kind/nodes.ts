import { clusterName } from './names.ts';
import { runTool, type ToolOptions } from './run-tool.ts';

/** A node's container. */
export interface NodeContainer {
  name: string;
  /** Docker's: `created`, `running`, `exited`, … */
  state: string;
}

/** The cluster's, also those that are stopped; none where there is no cluster. kind finds them by the same label. */
export async function listNodes(options: ToolOptions): Promise<NodeContainer[]> {
  const filter = `label=io.x-k8s.kind.cluster=${clusterName}`;
  const lines = await runTool(
    'docker',
    ['ps', '--all', '--filter', filter, '--format', '{{.Names}}\t{{.State}}'],
    options,
  );
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', state = ''] = line.split('\t');
      return { name, state };
    });
}
