export type PaneName = 'guide' | 'map' | 'terminal' | 'checks';

/** In the order of the page, which is the order that F6 goes. */
export const paneNames: readonly PaneName[] = ['guide', 'map', 'terminal', 'checks'];

/** Which pane fills the window, which one a narrow screen shows, and how to move between them. */
export class Panes {
  filled = $state<PaneName | null>(null);
  /** On a narrow screen. */
  tab = $state<PaneName>('guide');

  toggleFill(pane: PaneName): void {
    this.filled = this.filled === pane ? null : pane;
  }

  /** The pane that has the focus. */
  get focused(): PaneName | null {
    const name = document.activeElement?.closest<HTMLElement>('[data-pane-name]')?.dataset['paneName'];
    return paneNames.find((pane) => pane === name) ?? null;
  }

  /** Puts the focus into the next or previous pane that is on the page. */
  move(direction: 'next' | 'previous'): void {
    const there = [...document.querySelectorAll<HTMLElement>('[data-pane-name]')].filter(
      (element) =>
        element.offsetParent !== null && (this.filled === null || element.dataset['paneName'] === this.filled),
    );
    const at = there.findIndex((element) => element.contains(document.activeElement));
    const step = direction === 'next' ? 1 : -1;
    const target = at < 0 ? there[0] : there.at((at + step) % there.length);
    const field = target?.querySelector<HTMLElement>('.session:not(.behind) textarea');
    (field ?? target)?.focus();
  }
}
