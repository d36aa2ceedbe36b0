/**
 * Writes digests into the text of scenarios/images.yaml, each behind its image's line. What is written there already, the
 * comments and the order stay.
 * @param digests by image; one that is there is replaced.
 */
export function pin(text: string, digests: ReadonlyMap<string, string>): string {
  const lines = text.split('\n');
  const pinned: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    pinned.push(line);
    const image = /^ {2}- image: (\S+)$/.exec(line)?.[1];
    const digest = image === undefined ? undefined : digests.get(image);
    if (digest === undefined) continue;
    pinned.push(`    digest: ${digest}`);
    if (lines[index + 1]?.startsWith('    digest:')) index++;
  }
  return pinned.join('\n');
}

/** The digest by which a registry gave an image, of `docker image inspect`'s RepoDigests; undefined for one that was built. */
export function digestOf(image: string, repoDigests: readonly string[]): string | undefined {
  const wanted = image.replace(/:[^:/]+$/, '').replace(/^docker\.io\/(library\/)?/, '');
  const found = repoDigests
    .map((each) => each.split('@'))
    .find(([name = '']) => name.replace(/^docker\.io\/(library\/)?/, '') === wanted);
  return found?.[1];
}
