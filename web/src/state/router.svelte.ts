import { routeOf, type Route } from './route.ts';

/** Which page is shown, by the address. */
export class Router {
  #path = $state(location.pathname);
  readonly route: Route = $derived(routeOf(this.#path));
  readonly #onPopState = (): void => {
    this.#path = location.pathname;
  };

  constructor() {
    addEventListener('popstate', this.#onPopState);
  }

  go(path: string): void {
    if (path === this.#path) return;
    history.pushState(null, '', path);
    this.#path = path;
    scrollTo(0, 0);
  }

  /** Follows plain clicks on links of our own without loading the page anew. */
  readonly follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.hash !== '') return;
    event.preventDefault();
    this.go(link.pathname);
  };

  close(): void {
    removeEventListener('popstate', this.#onPopState);
  }
}
