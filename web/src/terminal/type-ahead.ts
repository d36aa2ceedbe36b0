/** The part of a KeyboardEvent that says what is typed. */
export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
}

/** @returns what a key writes into a shell, or null when it is for the page: keys with Ctrl, Tab, function keys. */
export function typedBy({ key, ctrlKey, metaKey, altKey, isComposing }: Key): string | null {
  if (ctrlKey || metaKey || altKey || isComposing) return null;
  if (key === 'Enter') return '\r';
  if (key === 'Backspace') return '\x7f';
  // Named keys, as ArrowUp, are longer than one character.
  return /^.$/u.test(key) ? key : null;
}
