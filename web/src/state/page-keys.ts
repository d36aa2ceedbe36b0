/** Keys that belong to the page wherever the focus is, also in a terminal. */
export function isPageKey(event: KeyboardEvent): boolean {
  return paneKey(event) !== null || isFillKey(event);
}

/** F6 moves between panes, as it does in browsers and office programs. */
export function paneKey(event: KeyboardEvent): 'next' | 'previous' | null {
  if (event.key !== 'F6' || event.ctrlKey || event.altKey || event.metaKey) return null;
  return event.shiftKey ? 'previous' : 'next';
}

/** Ctrl+Shift+Enter: the pane fills the window, or goes back. */
export function isFillKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && event.shiftKey && (event.ctrlKey || event.metaKey) && !event.altKey;
}
