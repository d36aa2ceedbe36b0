/** Copies text, also where the Clipboard API is missing because the page came over plain HTTP. */
export async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const { activeElement } = document;
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  // Deprecated, and the only way outside of secure contexts.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  document.execCommand('copy');
  field.remove();
  if (activeElement instanceof HTMLElement) activeElement.focus();
}

/** @returns what the clipboard holds, or null when the browser does not allow reading it. */
export async function readText(): Promise<string | null> {
  if (!window.isSecureContext || typeof navigator.clipboard.readText !== 'function') return null;
  try {
    return await navigator.clipboard.readText();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
