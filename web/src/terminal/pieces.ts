/** The most UTF-8 bytes that go to a terminal in one message. */
export const pieceBytes = 32 * 1024;

/**
 * Cuts text into pieces of at most `limit` bytes of UTF-8, never within a character, so that a large paste neither
 * exceeds a message nor holds up what is typed elsewhere.
 */
export function* pieces(text: string, limit = pieceBytes): Generator<string> {
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < text.length;) {
    const code = text.codePointAt(index) ?? 0;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes + size > limit && index > start) {
      yield text.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
    index += code < 0x10000 ? 1 : 2;
  }
  if (start < text.length) yield text.slice(start);
}
