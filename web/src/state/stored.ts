/** What this browser remembers between visits. Storage can be full or forbidden: then a value lasts for the visit. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(`haechi:${key}`);
  } catch {
    return null;
  }
}

export function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(`haechi:${key}`, value);
  } catch {
    // Remembering is a comfort, not a promise.
  }
}
