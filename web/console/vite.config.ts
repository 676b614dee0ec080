import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server replaces __CSP_NONCE__ in index.html by a fresh value for every answer and names the same value in the policy.
export default defineConfig({
  plugins: [react()],
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: 'dist',
    assetsInlineLimit: 0, // a data: address would need a wider policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  test: { environment: 'jsdom', setupFiles: ['src/testing/setup.ts'], include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000 },
});
