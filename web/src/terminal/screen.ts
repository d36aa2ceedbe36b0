import { ClipboardAddon } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { Size } from '../../../server/contract/terminal.ts';
import { copyText, readText } from './clipboard.ts';
import { searchOptions, terminalTheme } from './theme.ts';

export interface ScreenOptions {
  /** What the learner types or pastes, and what the emulator itself answers. */
  onInput: (data: string) => void;
  onResize: (size: Size) => void;
  onSearch: () => void;
  onSearchResults: (results: { at: number; all: number }) => void;
  /** The browser refused to read the clipboard. */
  onClipboardDenied: () => void;
  /** Keys that belong to the page and not to the shell. */
  isPageKey: (event: KeyboardEvent) => boolean;
  screenReader: boolean;
  dark: boolean;
}

/** xterm with its addons in an element of its own, which can be put where it is shown. */
export class Screen {
  readonly element = document.createElement('div');
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  #finding = false;
  #disposed = false;
  readonly #observer = new ResizeObserver(() => this.fit());

  constructor(options: ScreenOptions) {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#terminal = new Terminal({
      // The search addon's marks and the width tables are still called proposed.
      allowProposedApi: true,
      fontFamily: "'JetBrains Mono Variable', 'D2Coding', monospace",
      fontSize: 13,
      lineHeight: 1.35,
      fontWeightBold: 650,
      cursorBlink: !still,
      scrollback: 10_000,
      minimumContrastRatio: 4.5,
      screenReaderMode: options.screenReader,
      theme: terminalTheme(options.dark),
    });
    const terminal = this.#terminal;
    terminal.loadAddon(this.#fit);
    terminal.loadAddon(this.#search);
    terminal.loadAddon(new WebLinksAddon((_event, uri) => void window.open(uri, '_blank', 'noopener')));
    terminal.loadAddon(new Unicode11Addon());
    terminal.unicode.activeVersion = '11';
    // A program may copy for the learner (OSC 52), but never read what they copied elsewhere.
    terminal.loadAddon(
      new ClipboardAddon(undefined, { readText: () => '', writeText: (_selection, text) => copyText(text) }),
    );
    terminal.onData(options.onInput);
    terminal.onResize(({ cols, rows }) => options.onResize({ columns: cols, rows }));
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) =>
      options.onSearchResults({ at: resultIndex + 1, all: resultCount }),
    );
    terminal.attachCustomKeyEventHandler((event) => this.#takesKey(event, options));
    this.element.className = 'screen';
    this.#listen(options);
  }

  /** Once the element is on the page. */
  open(): void {
    if (this.#terminal.element) return;
    this.#terminal.open(this.element);
    void this.#drawByGpu();
    this.fit();
    this.#observer.observe(this.element);
  }

  get size(): Size {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** A full-screen program, such as an editor, is open. */
  get inFullScreen(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** @param shown called when it has been taken in. */
  write(data: Uint8Array | string, shown?: () => void): void {
    this.#terminal.write(data, shown);
  }

  /** As a paste: a program that knows bracketed paste sees it as one, so no line of it runs by itself. */
  paste(text: string): void {
    // A pasted escape could end the bracket early and have the rest run as commands.
    this.#terminal.paste(text.replaceAll('\x1b', ''));
  }

  fit(): void {
    if (this.element.clientWidth > 0 && this.element.clientHeight > 0) this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  setScreenReader(on: boolean): void {
    this.#terminal.options.screenReaderMode = on;
  }

  /** What a screen reader says of the input: its name, and what else is good to know. */
  describe(name: string, text: string): void {
    this.#terminal.textarea?.setAttribute('aria-label', name);
    this.#terminal.textarea?.setAttribute('aria-description', text);
  }

  setDark(dark: boolean): void {
    this.#terminal.options.theme = terminalTheme(dark);
  }

  find(text: string, direction: 'next' | 'previous', incremental = false): void {
    this.#finding = true;
    if (text === '') this.#search.clearDecorations();
    else if (direction === 'next') this.#search.findNext(text, { ...searchOptions, incremental });
    else this.#search.findPrevious(text, searchOptions);
    this.#finding = false;
  }

  endSearch(): void {
    this.#search.clearDecorations();
  }

  dispose(): void {
    this.#disposed = true;
    this.#observer.disconnect();
    this.#terminal.dispose();
    this.element.remove();
  }

  async #drawByGpu(): Promise<void> {
    // Text is there before its faster drawing is.
    const { WebglAddon } = await import('@xterm/addon-webgl');
    if (this.#disposed) return;
    try {
      const webgl = new WebglAddon();
      // When the graphics card takes its context away, xterm goes on by drawing elements.
      webgl.onContextLoss(() => {
        webgl.dispose();
        this.fit();
      });
      this.#terminal.loadAddon(webgl);
      // Its cells are whole pixels, those of elements are not.
      this.fit();
    } catch {
      // No WebGL here: xterm draws elements from the start.
    }
  }

  #takesKey(event: KeyboardEvent, options: ScreenOptions): boolean {
    if (options.isPageKey(event)) return false;
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    if (event.code === 'KeyC') {
      if (event.type === 'keydown') void this.#copy();
      event.preventDefault();
      return false;
    }
    if (event.code === 'KeyF') {
      if (event.type === 'keydown') options.onSearch();
      event.preventDefault();
      return false;
    }
    // The browser's own paste follows, which needs nobody's permission.
    return event.code !== 'KeyV';
  }

  #listen(options: ScreenOptions): void {
    // Told once a selection is finished; what the search has found is selected, too, but nobody asked to copy it.
    this.#terminal.onSelectionChange(() => {
      if (!this.#finding) void this.#copy();
    });
    this.element.addEventListener(
      'paste',
      (event) => {
        const text = event.clipboardData?.getData('text/plain') ?? '';
        event.preventDefault();
        event.stopPropagation();
        if (text) this.paste(text);
      },
      { capture: true },
    );
    this.element.addEventListener('contextmenu', (event) => {
      if (event.shiftKey) return;
      event.preventDefault();
      void readText().then((text) => {
        if (text === null) options.onClipboardDenied();
        else if (text) this.paste(text);
        this.focus();
      });
    });
  }

  async #copy(): Promise<void> {
    const text = this.#terminal.getSelection();
    if (text) await copyText(text);
  }
}

/** Both weights must be there before the first cell is measured. */
export async function loadTerminalFonts(): Promise<void> {
  await Promise.all([
    document.fonts.load("13px 'JetBrains Mono Variable'"),
    document.fonts.load("650 13px 'JetBrains Mono Variable'"),
  ]);
}
