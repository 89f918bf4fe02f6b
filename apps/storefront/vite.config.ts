/** Builds the shop into plain files that the gateway serves on its own origin. */
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // Workspace libraries are built from their sources, so that no other build has to run first.
  resolve: { conditions: ['@meshmart/source', ...defaultClientConditions] },
  // No data: URLs: a strict Content-Security-Policy allows fonts and pictures from files alone.
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { port: 5173, proxy: { '/api': 'http://127.0.0.1:8080' } },
  preview: { port: 4173, proxy: { '/api': 'http://127.0.0.1:8080' } },
})
