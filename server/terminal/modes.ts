/** Private modes (DECSET) that outlive the line they were set on, as xterm's control sequences number them. */
const lasting = new Set([1, 7, 9, 25, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1047, 1049, 2004]);
/** Those that are set in a fresh terminal. */
const initiallySet = new Set([7, 25]);

// CSI ? modes h|l, full reset, keypad mode, character set G0.
const sequences = /\x1b(?:\[\?([\d;]+)([hl])|(c)|([=>])|\(([0B]))/g;

/**
 * What output that is no longer kept had set in the terminal, so that what is kept can be shown as it was: the alternate
 * screen of an editor, bracketed paste, the cursor, the mouse.
 */
export class Modes {
  readonly #changed = new Map<number, boolean>();
  #keypad = '>';
  #charset = 'B';

  /** Takes in output that goes, in order. */
  pass(bytes: Buffer): void {
    if (!bytes.includes(0x1b)) return;
    for (const [, numbers, final, reset, keypad, charset] of bytes.toString('latin1').matchAll(sequences)) {
      if (reset !== undefined) {
        this.#changed.clear();
        this.#keypad = '>';
        this.#charset = 'B';
      }
      if (keypad !== undefined) this.#keypad = keypad;
      if (charset !== undefined) this.#charset = charset;
      for (const number of (numbers ?? '').split(';').map(Number)) {
        if (!lasting.has(number)) continue;
        if ((final === 'h') === initiallySet.has(number)) this.#changed.delete(number);
        else this.#changed.set(number, final === 'h');
      }
    }
  }

  /** Brings a fresh terminal to here; attributes are reset. */
  restore(): Buffer<ArrayBuffer> {
    const modes = [...this.#changed].map(([number, set]) => `\x1b[?${number}${set ? 'h' : 'l'}`).join('');
    const keypad = this.#keypad === '=' ? '\x1b=' : '';
    const charset = this.#charset === '0' ? '\x1b(0' : '';
    return Buffer.from(`${modes}${keypad}${charset}\x1b[0m`, 'latin1');
  }
}
