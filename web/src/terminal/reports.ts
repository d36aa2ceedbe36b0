/**
 * Whether data that a terminal emulator sends is its answer to a question in the output rather than typed: device
 * attributes (ECMA-48 DA), cursor position and status (DSR), mode reports (DECRPM), colours (OSC 4, 10 to 12), DCS
 * answers. Old output that is shown again asks old questions; their answers would land in the shell as typed text.
 */
export function isReport(data: string): boolean {
  return /^\x1b(\[[?>]?[\d;]*(c|R|n|\$y)|\](4|1[0-2]);[^]*|P[^]*)$/.test(data);
}
