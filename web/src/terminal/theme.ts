import type { ITheme } from '@xterm/xterm';
import type { ISearchOptions } from '@xterm/addon-search';

/** The sixteen colours, of one brightness, so that none shouts. @param dark whether the page around it is dark */
export function terminalTheme(dark: boolean): ITheme {
  // As --term-bg in tokens.css.
  const background = dark ? '#0b0d10' : '#16191d';
  return {
    background,
    foreground: '#dfe3e6',
    cursor: '#dfe3e6',
    cursorAccent: background,
    selectionBackground: '#3d5a99',
    selectionInactiveBackground: '#33415f',
    black: '#3a424a',
    red: '#ff9a86',
    green: '#7fd1b4',
    yellow: '#e5c07b',
    blue: '#8fb0ff',
    magenta: '#d3a8e8',
    cyan: '#7cc7dc',
    white: '#dfe3e6',
    brightBlack: '#8d959d',
    brightRed: '#ffb3a3',
    brightGreen: '#9fe3c9',
    brightYellow: '#f3d59a',
    brightBlue: '#b3c9ff',
    brightMagenta: '#e6c6f5',
    brightCyan: '#a6dfee',
    brightWhite: '#ffffff',
  };
}

export const searchOptions: ISearchOptions = {
  decorations: {
    matchBackground: '#35404f',
    matchOverviewRuler: '#8fb0ff',
    activeMatchBackground: '#8a5a00',
    activeMatchColorOverviewRuler: '#e5b356',
  },
};
