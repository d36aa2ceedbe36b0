/** What a key press asks for beyond the line itself. */
export type EditorEvent =
  { type: 'line'; text: string } | { type: 'interrupt' } | { type: 'end' } | { type: 'complete'; before: string };

/** A line of a terminal being edited: arrows, Home and End, Ctrl+A E U K W L C D, history. Knows how wide Korean is. */
export class LineEditor {
  readonly #write: (text: string) => void;
  readonly #emit: (event: EditorEvent) => void;
  readonly #history: string[] = [];
  #prompt = '';
  #characters: string[] = [];
  #cursor = 0;
  #at = 0;
  #pending = '';

  constructor(write: (text: string) => void, emit: (event: EditorEvent) => void) {
    this.#write = write;
    this.#emit = emit;
  }

  /** Begins a new line. */
  begin(prompt: string): void {
    this.#prompt = prompt;
    this.#characters = [];
    this.#cursor = 0;
    this.#at = this.#history.length;
    this.#write(prompt);
  }

  insert(text: string): void {
    const characters = Array.from(text);
    this.#characters.splice(this.#cursor, 0, ...characters);
    this.#cursor += characters.length;
    this.#draw();
  }

  /** Takes what the terminal sent. */
  feed(text: string): void {
    this.#pending += text;
    while (this.#pending) {
      const [key = ''] = /^(\x1b\[[\d;]*[A-Za-z~]|\x1bO[A-Z]|\x1b.|[\s\S])/u.exec(this.#pending) ?? [];
      if (this.#pending === '\x1b' || this.#pending === '\x1b[') return;
      this.#pending = this.#pending.slice(key.length);
      this.#key(key);
    }
  }

  #key(key: string): void {
    switch (key) {
      case '\r':
      case '\n':
        this.#enter();
        return;
      case '\x03':
        this.#write('^C\r\n');
        this.#emit({ type: 'interrupt' });
        return;
      case '\x04':
        if (this.#characters.length === 0) this.#emit({ type: 'end' });
        return;
        this.#delete(this.#cursor, 1);
        return;
      case '\x7f':
      case '\b':
        this.#delete(this.#cursor - 1, 1);
        return;
      case '\x1b[3~':
        this.#delete(this.#cursor, 1);
        return;
      case '\x1b[D':
      case '\x02':
        this.#move(this.#cursor - 1);
        return;
      case '\x1b[C':
      case '\x06':
        this.#move(this.#cursor + 1);
        return;
      case '\x01':
      case '\x1b[H':
      case '\x1bOH':
        this.#move(0);
        return;
      case '\x05':
      case '\x1b[F':
      case '\x1bOF':
        this.#move(this.#characters.length);
        return;
      case '\x15':
        this.#delete(0, this.#cursor);
        return;
      case '\x0b':
        this.#delete(this.#cursor, this.#characters.length);
        return;
      case '\x17': {
        const before = this.#characters.slice(0, this.#cursor).join('');
        const kept = Array.from(before.replace(/\S*\s*$/, '')).length;
        this.#delete(kept, this.#cursor - kept);
        return;
      }
      case '\x0c':
        this.#write('\x1b[2J\x1b[H');
        this.#draw();
        return;
      case '\x1b[A':
        this.#recall(this.#at - 1);
        return;
      case '\x1b[B':
        this.#recall(this.#at + 1);
        return;
      case '\t':
        this.#emit({ type: 'complete', before: this.#characters.slice(0, this.#cursor).join('') });
        return;
      default:
        if (key >= ' ' && !key.startsWith('\x1b')) this.insert(key);
    }
  }

  #enter(): void {
    const text = this.#characters.join('');
    if (text.trim() && this.#history.at(-1) !== text) this.#history.push(text);
    this.#write('\r\n');
    this.#emit({ type: 'line', text });
  }

  #recall(index: number): void {
    if (index < 0 || index > this.#history.length) return;
    this.#at = index;
    this.#characters = Array.from(this.#history[index] ?? '');
    this.#move(this.#characters.length);
  }

  #delete(from: number, count: number): void {
    if (from < 0) return;
    this.#characters.splice(from, count);
    this.#move(from);
  }

  #move(cursor: number): void {
    this.#cursor = Math.max(0, Math.min(cursor, this.#characters.length));
    this.#draw();
  }

  #draw(): void {
    const behind = this.#characters.slice(this.#cursor).reduce((sum, character) => sum + widthOf(character), 0);
    this.#write(`\r\x1b[K${this.#prompt}${this.#characters.join('')}${behind > 0 ? `\x1b[${behind}D` : ''}`);
  }
}

/** Columns of a character: Hangul, Han and other East Asian wide characters take two (UAX #11). */
function widthOf(character: string): number {
  return /[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹯＀-｠￠-￦]/.test(character) ? 2 : 1;
}
