import { MediaQuery } from 'svelte/reactivity';
import type { Language, Text } from '../../../server/contract/text.ts';
import { words, type Words } from '../words/words.ts';
import { readStored, writeStored } from './stored.ts';

export type Theme = 'system' | 'light' | 'dark';
const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** How this learner likes the pages; kept in this browser. */
export class Preferences {
  #language = $state<Language>(initialLanguage());
  #theme = $state<Theme>(themes.find((theme) => theme === readStored('theme')) ?? 'system');
  readonly #systemDark = new MediaQuery('prefers-color-scheme: dark');
  #screenReader = $state(readStored('screen-reader') === 'on');

  constructor() {
    this.#apply();
  }

  get language(): Language {
    return this.#language;
  }

  get theme(): Theme {
    return this.#theme;
  }

  /** What the page looks like, by this choice or the system's. */
  get dark(): boolean {
    return this.#theme === 'system' ? this.#systemDark.current : this.#theme === 'dark';
  }

  /** The terminal keeps its text where a screen reader finds it, at the cost of speed. */
  get screenReader(): boolean {
    return this.#screenReader;
  }

  get words(): Words {
    return words[this.#language];
  }

  /** @returns the words of a text in the learner's language. */
  read(text: Text): string {
    return text[this.#language];
  }

  toggleLanguage(): void {
    this.#language = this.#language === 'ko' ? 'en' : 'ko';
    writeStored('language', this.#language);
    this.#apply();
  }

  nextTheme(): void {
    this.#theme = themes[(themes.indexOf(this.#theme) + 1) % themes.length] ?? 'system';
    writeStored('theme', this.#theme);
    this.#apply();
  }

  toggleScreenReader(): void {
    this.#screenReader = !this.#screenReader;
    writeStored('screen-reader', this.#screenReader ? 'on' : 'off');
  }

  #apply(): void {
    const root = document.documentElement;
    root.lang = this.#language;
    if (this.#theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = this.#theme;
  }
}

function initialLanguage(): Language {
  const stored = readStored('language');
  if (stored === 'ko' || stored === 'en') return stored;
  return navigator.languages.some((language) => language.startsWith('ko')) ? 'ko' : 'en';
}
