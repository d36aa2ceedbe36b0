import type { TerminalOutput } from '../../../server/contract/terminal.ts';
import type { TerminalService, TerminalView } from '../../../server/terminal/service.ts';

/** A client of one terminal, as a page is: puts output together by its offsets and says what it has seen. */
export class Client {
  /** Everything from `from` on. */
  bytes = Buffer.alloc(0);
  from = 0;
  readonly #service: TerminalService;
  readonly #terminal: string;
  #view: TerminalView | undefined;
  #waiting: (() => void)[] = [];
  /** Told to say what it has seen. */
  acknowledges = true;

  constructor(service: TerminalService, terminal: string) {
    this.#service = service;
    this.#terminal = terminal;
  }

  /** Attaches where it left off. */
  attach(): this {
    const view = this.#service.attach(this.#terminal, this.end, (output) => this.#take(output));
    if (this.bytes.length === 0) this.from = view.from;
    else if (view.from !== this.end) throw new Error(`attached at ${view.from}, not ${this.end}`);
    this.#view = view;
    return this;
  }

  detach(): void {
    this.#view?.detach();
    this.#view = undefined;
  }

  get end(): number {
    return this.from + this.bytes.length;
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  seen(offset: number): void {
    this.#view?.seen(offset);
  }

  async type(text: string): Promise<void> {
    await this.#service.write(this.#terminal, text);
  }

  /** Resolves with the text behind `after` when the wanted has come there. */
  async until(wanted: string | RegExp, after = 0, milliseconds = 10_000): Promise<string> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const text = this.bytes.subarray(after).toString('utf8');
      if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) return text;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${wanted} did not come; there is ${JSON.stringify(text.slice(-2000))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Types a command and resolves with what it wrote, up to the next prompt. */
  async run(command: string): Promise<string> {
    const before = this.bytes.length;
    const mark = `done${Math.random().toString(36).slice(2)}`;
    await this.type(`${command}; echo "${mark.slice(0, 4)}""${mark.slice(4)}"\r`);
    const text = await this.until(new RegExp(`${mark}\\r\\n[^]*\\$ $`), before);
    // bash turns bracketed paste off while a command runs.
    return text.slice(text.indexOf('\n') + 1, text.indexOf(mark)).replace('\x1b[?2004l\r', '');
  }

  #take({ offset, data }: TerminalOutput): void {
    if (offset !== this.end) throw new Error(`output at ${offset} came when ${this.end} was due`);
    this.bytes = Buffer.concat([this.bytes, data]);
    if (this.acknowledges) this.#view?.seen(this.end);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
