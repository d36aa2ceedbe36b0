import { createContext } from 'svelte';
import { Clock } from './clock.svelte.ts';
import { Connection } from './connection.svelte.ts';
import { Preferences } from './preferences.svelte.ts';
import { Router } from './router.svelte.ts';

/** What every page stands on. */
export class App {
  readonly preferences = new Preferences();
  readonly router = new Router();
  readonly connection = new Connection();
  readonly clock = new Clock();

  close(): void {
    this.connection.close();
    this.router.close();
  }
}

export const [getApp, setApp] = createContext<App>();
