import { positionAfter } from './line-position.ts';

/** What a key press asks for beyond the line itself. */
export type EditorEvent =
  { type: 'line'; text: string } | { type: 'interrupt' } | { type: 'end' } | { type: 'complete'; before: string };

/** A line of a terminal being edited: arrows, Home and End, Ctrl+A E U K W L C D P N, Alt+B F, history. Knows how wide Korean is. */
export class LineEditor {
  readonly #write: (text: string) => void;
  readonly #emit: (event: EditorEvent) => void;
  readonly #history: string[] = [];
  #prompt = '';
  #characters: string[] = [];
  #cursor = 0;
  #at = 0;
  #pending = '';
  /** Tab asked for something; what is typed meanwhile comes after it. */
  #completing = false;
  /** The row that the cursor is in, below the prompt's. */
  #row = 0;
  #columns = 80;

  constructor(write: (text: string) => void, emit: (event: EditorEvent) => void) {
    this.#write = write;
    this.#emit = emit;
  }

  /** How wide the terminal is now. */
  resize(columns: number): void {
    this.#columns = columns;
  }

  /** Begins a new line. */
  begin(prompt: string): void {
    this.#prompt = prompt;
    this.#characters = [];
    this.#cursor = 0;
    this.#row = 0;
    this.#at = this.#history.length;
    this.#write(prompt);
  }

  /** What Tab asked for is done: goes on with what was typed meanwhile. */
  completed(): void {
    this.#completing = false;
    this.feed('');
  }

  /** Shows something below the line, and the line again. */
  show(text: string): void {
    this.#write(`\r\n${text}\r\n`);
    this.#row = 0;
    this.#draw();
  }

  insert(text: string): void {
    const characters = Array.from(text);
    const atEnd = this.#cursor === this.#characters.length;
    this.#characters.splice(this.#cursor, 0, ...characters);
    this.#cursor += characters.length;
    if (!atEnd) {
      this.#draw();
      return;
    }
    const { row, column } = positionAfter([...Array.from(this.#prompt), ...this.#characters], this.#columns);
    this.#write(text + (column === 0 && row > 0 ? ' \r' : ''));
    this.#row = row;
  }

  /** Takes what the terminal sent. */
  feed(text: string): void {
    this.#pending += text;
    while (this.#pending && !this.#completing) {
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
        const kept = this.#wordStart();
        this.#delete(kept, this.#cursor - kept);
        return;
      }
      case '\x0c':
        this.#write('\x1b[2J\x1b[H');
        this.#row = 0;
        this.#draw();
        return;
      case '\x1bb':
      case '\x1b[1;5D':
        this.#move(this.#wordStart());
        return;
      case '\x1bf':
      case '\x1b[1;5C': {
        const ahead = /^\s*\S*/.exec(this.#characters.slice(this.#cursor).join(''))?.[0] ?? '';
        this.#move(this.#cursor + Array.from(ahead).length);
        return;
      }
      case '\x10':
      case '\x1b[A':
        this.#recall(this.#at - 1);
        return;
      case '\x0e':
      case '\x1b[B':
        this.#recall(this.#at + 1);
        return;
      case '\t':
        this.#completing = true;
        this.#emit({ type: 'complete', before: this.#characters.slice(0, this.#cursor).join('') });
        return;
      default:
        if (key >= ' ' && !key.startsWith('\x1b')) this.insert(key);
    }
  }

  #enter(): void {
    const text = this.#characters.join('');
    if (text.trim() && this.#history.at(-1) !== text) this.#history.push(text);
    if (this.#cursor < this.#characters.length) this.#move(this.#characters.length);
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

  /** Where the word before the cursor begins. */
  #wordStart(): number {
    const before = this.#characters.slice(0, this.#cursor).join('');
    return Array.from(before.replace(/\S*\s*$/, '')).length;
  }

  #draw(): void {
    const prompt = Array.from(this.#prompt);
    const end = positionAfter([...prompt, ...this.#characters], this.#columns);
    const cursor = positionAfter([...prompt, ...this.#characters.slice(0, this.#cursor)], this.#columns);
    const up = this.#row > 0 ? `\x1b[${this.#row}A` : '';
    // A terminal goes to the next row only with the next character.
    const wrapped = end.column === 0 && end.row > 0 ? ' \r' : '';
    const back = end.row > cursor.row ? `\x1b[${end.row - cursor.row}A` : '';
    const left = end.column > cursor.column ? `\x1b[${end.column - cursor.column}D` : '';
    const right = cursor.column > end.column ? `\x1b[${cursor.column - end.column}C` : '';
    this.#write(`${up}\r\x1b[J${this.#prompt}${this.#characters.join('')}${wrapped}${back}${left}${right}`);
    this.#row = cursor.row;
  }
}
