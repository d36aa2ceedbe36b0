import type { Rect } from './geometry.ts';

export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

const margin = 14;
/** The controls stand there. */
const bottom = 34;
export const zoomRange = { least: 0.3, most: 2.5 };
/** Larger than this, words are larger than all others on the page. */
const readable = 1.15;

interface Pane {
  width: number;
  height: number;
}

/**
 * The view that shows all of these in the middle of a pane.
 * @param pane in pixels
 * @param most no larger than this
 */
export function wholeView(rects: readonly Rect[], pane: Pane, most = readable): Viewport {
  const left = Math.min(...rects.map(({ x }) => x));
  const top = Math.min(...rects.map(({ y }) => y));
  const width = Math.max(...rects.map((rect) => rect.x + rect.width)) - left;
  const height = Math.max(...rects.map((rect) => rect.y + rect.height)) - top;
  if (rects.length === 0 || pane.width === 0 || pane.height === 0) return { x: 0, y: 0, zoom: 1 };
  const room = { width: pane.width - 2 * margin, height: pane.height - bottom - margin };
  const zoom = Math.max(zoomRange.least, Math.min(room.width / width, room.height / height, most));
  return {
    x: margin + (room.width - width * zoom) / 2 - left * zoom,
    y: margin + (room.height - height * zoom) / 2 - top * zoom,
    zoom,
  };
}

/** Whether all of these are in sight. */
export function isInView(rects: readonly Rect[], pane: Pane, { x, y, zoom }: Viewport): boolean {
  return rects.every(
    (rect) =>
      rect.x * zoom + x >= 0 &&
      rect.y * zoom + y >= 0 &&
      (rect.x + rect.width) * zoom + x <= pane.width &&
      (rect.y + rect.height) * zoom + y <= pane.height - bottom,
  );
}
