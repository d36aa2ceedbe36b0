import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ContentError, type ContentProblem } from './content-problem.ts';
import { parseYamlFile } from './yaml-file.ts';

const Path = z.string().startsWith('/');

/** scenarios/images.yaml: every image of scenarios and labs, and what each is on a simulated node. */
export const ImageFile = z.strictObject({
  images: z
    .array(
      z.strictObject({
        /** As its registry names it, with a tag: `docker.io/library/busybox:1.37`. */
        image: z.string().regex(/^[a-z0-9.-]+(\/[a-z0-9._-]+)+:[\w.-]+$/, 'must be registry/repository:tag'),
        /** Of its index, as `npm run images -- pin` reads it from its registry; none is guessed. */
        digest: z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')
          .optional(),
        /** Whether real nodes have to be given it. */
        preload: z.boolean().default(true),
        /** What it is used for, in a few words. */
        about: z.string().min(1),
        bytes: z.number().int().min(1),
        /** Its USER: a name makes `runAsNonRoot` impossible to verify. */
        user: z.strictObject({ uid: z.number().int(), gid: z.number().int(), name: z.string().optional() }),
        entrypoint: z.array(z.string()).default([]),
        command: z.array(z.string()).default([]),
        workingDir: Path.default('/'),
        env: z.record(z.string(), z.string()).default({}),
        /** Whether it has a shell; without one only its programs can be run. */
        shell: z.boolean(),
        /** Programs that the node simulates and that this image has (server/cluster/embedded/node/runtime/commands). */
        programs: z.array(z.string()).default([]),
        /** Folders that exist; who may write there besides root: a uid, or everybody. */
        folders: z.record(Path, z.union([z.literal('root'), z.literal('everybody'), z.number().int()])).default({}),
        files: z.record(Path, z.string()).default({}),
      }),
    )
    .min(1),
});
export type CatalogueImage = z.infer<typeof ImageFile>['images'][number];

/** The images that a simulated node knows, by their full name. */
export class ImageCatalogue {
  readonly #images: Map<string, CatalogueImage>;

  constructor(images: readonly CatalogueImage[]) {
    this.#images = new Map(images.map((image) => [image.image, image]));
  }

  /** @param image as a pod writes it: `busybox:1.37`, `docker.io/library/busybox:1.37`. */
  find(image: string): CatalogueImage | undefined {
    return this.#images.get(fullName(image));
  }

  names(): string[] {
    return [...this.#images.keys()];
  }

  all(): CatalogueImage[] {
    return [...this.#images.values()];
  }
}

/** Docker's rules: no registry means docker.io, no organisation there means library, no tag means latest. */
export function fullName(image: string): string {
  const [name = '', digest] = image.split('@');
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const path = hasRegistry ? name : rest.length > 0 ? `docker.io/${name}` : `docker.io/library/${name}`;
  const tagged = /:[\w.-]+$/.test(path.split('/').at(-1) ?? '') || digest ? path : `${path}:latest`;
  return digest ? `${tagged}@${digest}` : tagged;
}

/** @throws ContentError naming file and line. */
export async function loadImageCatalogue(path: string): Promise<ImageCatalogue> {
  const problems: ContentProblem[] = [];
  const file = parseYamlFile('scenarios/images.yaml', await readFile(path, 'utf8'), ImageFile, problems);
  if (!file) throw new ContentError(problems);
  return new ImageCatalogue(file.images);
}
