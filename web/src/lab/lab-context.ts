import { createContext } from 'svelte';
import type { Shells } from '../terminal/shells.svelte.ts';
import type { AttemptStore } from './attempt-store.svelte.ts';
import type { Panes } from './panes.svelte.ts';

/** What the parts of the lab page share. */
export interface LabContext {
  store: AttemptStore;
  shells: Shells;
  panes: Panes;
}

export const [getLab, setLab] = createContext<LabContext>();
