/** A place on a terminal, counted from where the prompt begins. */
export interface Position {
  row: number;
  column: number;
}

/** Where the cursor is after a text, on a terminal that is so many columns wide. */
export function positionAfter(text: readonly string[], columns: number): Position {
  let row = 0;
  let column = 0;
  for (const character of text) {
    const width = widthOf(character);
    // What doesn't fit goes to the next row as a whole.
    if (column + width > columns) {
      row++;
      column = 0;
    }
    column += width;
  }
  return column >= columns ? { row: row + 1, column: 0 } : { row, column };
}

/** Columns of a character: Hangul, Han and other East Asian wide characters take two (UAX #11), combining ones none. */
export function widthOf(character: string): number {
  if (/^\p{Mn}$/u.test(character)) return 0;
  return /[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹯＀-｠￠-￦]|[\u{1F300}-\u{1FAFF}]/u.test(character) ? 2 : 1;
}
