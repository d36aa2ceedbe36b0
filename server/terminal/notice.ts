/** What the platform says in a terminal, in both languages; sentences without their full stop. */
export function notice(ko: string, en: string): string {
  return `\r\n\x1b[0;33m${ko}.\r\n${en}.\x1b[0m\r\n`;
}
