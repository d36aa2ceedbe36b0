import { expect, test } from 'vitest';
import { LineEditor, type EditorEvent } from '../../../server/cluster/embedded/node/runtime/line-editor.ts';

function edit(...keys: string[]): { events: EditorEvent[]; screen: string } {
  const events: EditorEvent[] = [];
  let screen = '';
  const editor = new LineEditor(
    (text) => (screen += text),
    (event) => {
      events.push(event);
      if (event.type === 'line') editor.begin('$ ');
    },
  );
  editor.begin('$ ');
  for (const key of keys) editor.feed(key);
  return { events, screen };
}

test.each([
  ['a line', ['ls\r'], 'ls'],
  ['Korean, and one syllable taken back', ['echo 한글', '\x7f', '\r'], 'echo 한'],
  ['left, and a letter in between', ['ac', '\x1b[D', 'b\r'], 'abc'],
  ['Ctrl+A and Ctrl+E', ['b', '\x01', 'a', '\x05', 'c\r'], 'abc'],
  ['Ctrl+U', ['wrong', '\x15', 'right\r'], 'right'],
  ['Ctrl+W', ['kubectl gett', '\x17', 'get\r'], 'kubectl get'],
  ['Ctrl+K', ['abc', '\x01', '\x0b', 'x\r'], 'x'],
  ['an arrow that comes in two parts', ['ac', '\x1b', '[D', 'b\r'], 'abc'],
])('%s', (_name, keys, text) => {
  expect(edit(...keys).events).toEqual([{ type: 'line', text }]);
});

test('arrows recall what was typed before', () => {
  expect(edit('one\r', 'two\r', '\x1b[A\x1b[A\r').events.at(-1)).toEqual({ type: 'line', text: 'one' });
});

test('Ctrl+C interrupts, Ctrl+D on an empty line ends', () => {
  expect(edit('x', '\x03').events).toEqual([{ type: 'interrupt' }]);
  expect(edit('\x04').events).toEqual([{ type: 'end' }]);
});

test('the cursor goes back two columns for a Korean syllable', () => {
  expect(edit('한', '\x1b[D').screen.endsWith('$ 한\x1b[2D')).toBe(true);
});

test('what is typed behind Tab waits until it is done', () => {
  const events: EditorEvent[] = [];
  const editor = new LineEditor(
    () => undefined,
    (event) => events.push(event),
  );
  editor.begin('$ ');
  editor.feed('ls /e\t\r');
  expect(events).toEqual([{ type: 'complete', before: 'ls /e' }]);
  editor.insert('tc');
  editor.completed();
  expect(events[1]).toEqual({ type: 'line', text: 'ls /etc' });
});

test('a line that is longer than the terminal is drawn over its rows', () => {
  let screen = '';
  const editor = new LineEditor(
    (text) => (screen += text),
    () => undefined,
  );
  editor.resize(10);
  editor.begin('$ ');
  editor.feed('가나다라마');
  screen = '';
  editor.feed('\x01');
  expect(screen).toBe('\x1b[1A\r\x1b[J$ 가나다라마\x1b[1A');
});
