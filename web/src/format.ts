/** A span of time as a clock shows it: `38:12`, `1:02:03`. Negative spans are `0:00`. @param span milliseconds */
export function clockTime(span: number): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** `14:02`, in the reader's own time zone. @param moment ISO 8601 */
export function timeOfDay(moment: string): string {
  const date = new Date(moment);
  return `${date.getHours()}:${String(date.getMinutes()).padStart(2, '0')}`;
}

/** `145 MB`, in powers of ten as download pages count. */
export function byteSize(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1000)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
