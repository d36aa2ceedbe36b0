import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** The server that `npm run build`'s pages and the development server's requests go to. */
const server = 'http://127.0.0.1:8088';

export default defineConfig({
  root: decodeURIComponent(new URL('.', import.meta.url).pathname),
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2024',
    // Nothing may come as a data: URL but images: the server's CSP lets fonts come from this origin only.
    assetsInlineLimit: 0,
    // How long a build takes on a busy machine is no warning for who starts the platform.
    rolldownOptions: { checks: { pluginTimings: false, bundlerTimings: false } },
  },
  server: {
    // The server takes requests only from pages of its own origin.
    proxy: {
      '/api': { target: server, changeOrigin: true, headers: { origin: server } },
      '/socket.io': { target: server, changeOrigin: true, ws: true, headers: { origin: server } },
    },
  },
});
