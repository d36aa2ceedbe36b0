import { describe, expect, test } from 'vitest';
import { Scrollback, type ScrollbackLimits } from '../../../server/terminal/scrollback.ts';

const small: ScrollbackLimits = { lines: 10, leastBytes: 8 << 10, mostBytes: 256 << 10 };

function all(scrollback: Scrollback): string {
  const parts: Buffer[] = [];
  for (let at = scrollback.start; at < scrollback.end;) {
    const part = scrollback.read(at, 1000);
    parts.push(part);
    at += part.length;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Escapes made visible. */
function readable(text: string): string {
  return text.replaceAll('\x1b', '␛');
}

describe('Scrollback', () => {
  test('keeps bytes at their positions', () => {
    const scrollback = new Scrollback();
    scrollback.append(Buffer.from('one\r\n'));
    scrollback.append(Buffer.from('둘\r\n'));
    expect([scrollback.start, scrollback.end]).toEqual([0, 10]);
    expect(scrollback.read(5, 3).toString()).toBe('둘');
    expect(scrollback.read(10, 100)).toHaveLength(0);
    expect(scrollback.opening()).toHaveLength(0);
  });

  test('keeps 10,000 lines', () => {
    const scrollback = new Scrollback();
    for (let line = 0; line < 60_000; line++)
      scrollback.append(Buffer.from(`line ${line} of a long output of many lines\r\n`));
    const lines = all(scrollback).trimEnd().split('\r\n');
    expect(lines.length).toBeGreaterThanOrEqual(10_000);
    expect(lines.length).toBeLessThan(16_000);
    expect(lines[0]).toMatch(/^line \d+ of a long output of many lines$/);
    expect(lines.at(-1)).toBe('line 59999 of a long output of many lines');
  });

  test('never takes more than 4 MiB and a block, whatever the lines', () => {
    const scrollback = new Scrollback();
    for (let count = 0; count < 200; count++) scrollback.append(Buffer.alloc(100_000, 'x'));
    expect(scrollback.end).toBe(20_000_000);
    expect(scrollback.end - scrollback.start).toBeLessThanOrEqual((4 << 20) + (64 << 10));
    expect(scrollback.end - scrollback.start).toBeGreaterThan((4 << 20) - (128 << 10));
  });

  test('begins behind a line feed when the beginning has gone', () => {
    const scrollback = new Scrollback(small);
    for (let line = 0; line < 5_000; line++) scrollback.append(Buffer.from(`\x1b[31m빨간 줄 ${line}\x1b[0m\r\n`));
    expect(scrollback.start).toBeGreaterThan(0);
    expect(readable(all(scrollback))).toMatch(/^␛\[31m빨간 줄 \d+␛\[0m\r\n/);
  });

  test.each([1, 2, 3, 5, 7])('without line feeds, begins at a whole Korean character (shifted by %i)', (shift) => {
    const scrollback = new Scrollback(small);
    scrollback.append(Buffer.alloc(shift, 'x'));
    const korean = Buffer.from('가나다라마바사아자차카타파하'.repeat(40));
    for (let count = 0; count < 500; count++) scrollback.append(korean);
    expect(scrollback.start).toBeGreaterThan(0);
    expect(all(scrollback)).not.toContain('\ufffd');
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'without line feeds, begins at a whole escape sequence (shifted by %i)',
    (shift) => {
      const scrollback = new Scrollback(small);
      scrollback.append(Buffer.alloc(shift, 'x'));
      for (let count = 0; count < 40_000; count++) scrollback.append(Buffer.from('\x1b[38;5;1m한\x1b[0m'));
      expect(scrollback.start).toBeGreaterThan(0);
      expect(readable(all(scrollback))).toMatch(/^(␛\[38;5;1m한␛\[0m|␛\[0m␛\[38;5;1m한)/);
    },
  );

  test('opens with the modes that what has gone had set', () => {
    const scrollback = new Scrollback(small);
    scrollback.append(Buffer.from('\x1b[?2004h\x1b[?1049h\x1b[?25l\x1b[?25h\x1b[?1000;1006h\x1b=\x1b[31m'));
    for (let line = 0; line < 5_000; line++) scrollback.append(Buffer.from(`line ${line}\r\n`));
    expect(scrollback.opening().toString()).toBe('\x1b[?2004h\x1b[?1049h\x1b[?1000h\x1b[?1006h\x1b=\x1b[0m');
  });

  test('a full reset forgets the modes', () => {
    const scrollback = new Scrollback(small);
    scrollback.append(Buffer.from('\x1b[?1049h\x1bc'));
    for (let line = 0; line < 5_000; line++) scrollback.append(Buffer.from(`line ${line}\r\n`));
    expect(scrollback.opening().toString()).toBe('\x1b[0m');
  });

  test('goes on from kept bytes that begin within a character', () => {
    const bytes = Buffer.from('가나다').subarray(1);
    const scrollback = Scrollback.restore(1_000, bytes);
    expect([scrollback.start, scrollback.end]).toEqual([1_002, 1_008]);
    expect(all(scrollback)).toBe('나다');
  });
});

test('what is skipped leaves no byte before it, and what comes has its position', () => {
  const scrollback = new Scrollback();
  scrollback.append(Buffer.from('gone'));
  scrollback.skipTo(1_000);
  scrollback.append(Buffer.from('here'));
  expect([scrollback.start, scrollback.end, scrollback.read(1_000, 100).toString()]).toEqual([1_000, 1_004, 'here']);
  scrollback.skipTo(5);
  expect(scrollback.start).toBe(1_000);
});
