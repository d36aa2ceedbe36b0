/** Strokes on a 16 × 16 field, 1.5 wide, round ends. Ours, so that they share one weight with the mark. */
export const icons = {
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.4v1.2M8 13.4v1.2M1.4 8h1.2M13.4 8h1.2M3.3 3.3l.9.9M11.8 11.8l.9.9M12.7 3.3l-.9.9M4.2 11.8l-.9.9',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z',
  system: 'M2.2 3.2h11.6v7.4H2.2zM6 13.4h4M8 10.8v2.4',
  close: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3.2v9.6M3.2 8h9.6',
  search: 'M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8M10.3 10.3l3.2 3.2',
  fill: 'M9.6 2.6h3.8v3.8M6.4 13.4H2.6V9.6M13.2 2.8L9.4 6.6M2.8 13.2l3.8-3.8',
  restore: 'M13.2 6.6H9.4V2.8M2.8 9.4h3.8v3.8M9.6 6.4l3.8-3.8M6.4 9.6l-3.8 3.8',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  copy: 'M5.6 5.6h7.6v7.6H5.6zM10.4 5.4V2.8H2.8v7.6h2.6',
  check: 'M3.4 8.4l3 3 6.2-6.6',
  reader:
    'M8 2.3a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4M3 6.2l3.6.8v2.2L5.2 13.6M13 6.2l-3.6.8v2.2l1.4 4.4M6.6 9.2h2.8',
  more: 'M3.6 8h.01M8 8h.01M12.4 8h.01',
  arrow: 'M3 8h9.4M8.8 4.4L12.4 8l-3.6 3.6',
  fit: 'M2.8 5.8v-3h3M10.2 2.8h3v3M13.2 10.2v3h-3M5.8 13.2h-3v-3',
  minus: 'M3.2 8h9.6',
  question: 'M5.6 5.8a2.4 2.4 0 1 1 3.4 2.2c-.7.4-1 .8-1 1.6M8 12.2h.01',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.8V8l2.2 1.6',
  outside: 'M6.6 3.2H3v9.8h9.8V9.4M9.4 2.8h3.8v3.8M13 3L7.6 8.4',
  terminal: 'M3.4 4.6L6.8 8l-3.4 3.4M8.4 11.6h4.4',
  guide: 'M3.2 2.8h9.6v10.4H3.2zM5.8 5.8h4.4M5.8 8.4h4.4',
  map: 'M2.6 6.2h3.6v3.6H2.6zM9.8 2.8h3.6v3.6H9.8zM9.8 9.6h3.6v3.6H9.8zM6.2 8h1.6V4.6h2M7.8 8v3.4h2',
} as const;

export type IconName = keyof typeof icons;
