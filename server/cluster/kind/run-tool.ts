import { ProgramError, runProgram } from '../embedded/run-program.ts';
import { rootFolder } from './names.ts';

export type Tool = 'docker' | 'kind';

export interface ToolOptions {
  environment: NodeJS.ProcessEnv;
  /** Ends the program and all that it started. */
  signal: AbortSignal;
  /** Lines of standard error: kind's steps are there. */
  onErrorLine?: (line: string) => void;
}

/** A tool that ended badly; `output` is all that it wrote to standard error. */
export class ToolError extends Error {
  readonly tool: Tool;
  readonly args: readonly string[];
  readonly output: string;

  constructor(tool: Tool, args: readonly string[], output: string, options: ErrorOptions) {
    super(`${tool} ${args.join(' ')}: ${output.trim() || 'failed without a word'}`, options);
    this.name = 'ToolError';
    this.tool = tool;
    this.args = args;
    this.output = output;
  }
}

/**
 * Runs docker or kind to its end, in the folder of kind-config.yaml; resolves with its standard output.
 * @throws ToolError; the system's error (code `ENOENT`) when there is no such program; the signal's reason.
 */
export async function runTool(tool: Tool, args: readonly string[], options: ToolOptions): Promise<string> {
  const lines: string[] = [];
  try {
    return await runProgram(tool, args, {
      folder: rootFolder,
      // Nodes are looked for in Docker, so that is where kind has to make them.
      environment: { ...options.environment, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
      signal: options.signal,
      onErrorLine: (line) => {
        lines.push(line);
        options.onErrorLine?.(line);
      },
    });
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw new ToolError(tool, args, lines.join('\n'), { cause: error });
  }
}
