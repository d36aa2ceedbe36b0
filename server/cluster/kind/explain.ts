import { HaechiError } from '../../errors.ts';
import { ToolError } from './run-tool.ts';

/**
 * What a failure of docker or kind means to a user. kind repeats what docker said. Where the words are from:
 * - docker's client, client/errors.go and client/request.go (up to 28 `… the Docker daemon socket at`, then `… the docker
 *   API at`); `error during connect` is what it puts before what it doesn't know
 * - moby, libnetwork: `Bind for IP:PORT failed: port is already allocated`, where a container has the port, and `failed to
 *   bind host port for IP:PORT:…: address already in use`, where another program has it
 * - kind, pkg/cluster/internal/providers/docker/images.go: `failed to pull image`
 */
export function explain(error: unknown): unknown {
  if (isMissing(error))
    return new HaechiError(error.path === 'kind' ? 'kind-missing' : 'docker-missing', {}, { cause: error });
  if (!(error instanceof ToolError)) return error;
  const { output } = error;
  const words = lastWords(output);
  const options = { cause: error };
  if (/permission denied while trying to connect to the docker/i.test(output)) {
    return new HaechiError('docker-denied', { words }, options);
  }
  if (/cannot connect to the docker daemon|is the docker daemon running|error during connect/i.test(output)) {
    return new HaechiError('docker-not-running', { words }, options);
  }
  const port = portInUse(output);
  if (port !== undefined) return new HaechiError('node-port-in-use', { port }, options);
  const image = /failed to pull image "([^"]+)"/.exec(output)?.[1];
  if (image !== undefined) return new HaechiError('image-unavailable', { image: tagged(image), words }, options);
  return new HaechiError(
    'tool-failed',
    { command: `${error.tool} ${error.args.slice(0, 2).join(' ')}`, words },
    options,
  );
}

function isMissing(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ENOENT' &&
    'syscall' in error &&
    String(error.syscall).startsWith('spawn')
  );
}

function portInUse(output: string): string | undefined {
  const line = output.split('\n').find((each) => /port is already allocated|address already in use/.test(each));
  return line === undefined
    ? undefined
    : (/(?:Bind for|bind host port(?: for)?) \S*?\b\d+(?:\.\d+){3}:(\d+)/.exec(line)?.[1] ?? '?');
}

/** What went wrong in the end: what the command that kind ran has said, else kind's or docker's own last line. */
function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const said = lines.findIndex((line) => line.startsWith('Command Output:'));
  const own = said === -1 ? lines : [lines[said]?.replace('Command Output: ', '') ?? '', ...lines.slice(said + 1)];
  const told = own.filter((line) => line !== '' && !/^(Run|See) '/.test(line));
  return (told.at(-1) ?? lines.at(-1) ?? '').replace(/^(ERROR|docker|Error): /, '').slice(0, 500);
}

function tagged(image: string): string {
  return image.split('@')[0] ?? image;
}
