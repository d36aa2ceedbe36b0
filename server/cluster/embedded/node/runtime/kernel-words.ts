const words: Record<string, string> = {
  EROFS: 'Read-only file system',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOSPC: 'No space left on device',
  ENOENT: 'No such file or directory',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EBUSY: 'Resource busy',
};

/** A refusal of the filesystem (`EACCES: permission denied, open '/x'`) as programs print it: `Permission denied`. */
export function kernelWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return words[/^E[A-Z]+/.exec(message)?.[0] ?? ''] ?? message;
}

/** The same, wherever a program put the refusal into its own message. */
export function inKernelWords(text: string): string {
  return text.replaceAll(/\b(E[A-Z]{3,}): [a-z -]+, \w+ '[^']*'/g, (whole, code: string) => words[code] ?? whole);
}

/** A refusal of the filesystem in Node's words, which just-bash turns into a shell's. */
export function refusal(words: string, call: string, path: string): Error {
  return new Error(`${words}, ${call} '${path}'`);
}
