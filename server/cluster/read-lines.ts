import { StringDecoder } from 'node:string_decoder';

/** The lines of a text that comes in pieces (UTF-8), without their ends; an unfinished last one is left out. */
export async function* readLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.write(piece)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
