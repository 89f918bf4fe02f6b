import { defineConfig } from 'vitest/config'

// Tests run the sources, not what `npm run build` made of them.
const conditions = ['@meshmart/source', 'node']
const project = (name: string, include: string[], more: object = {}) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, include, exclude: ['**/node_modules/**', '**/dist/**'], environment: 'node', ...more },
})

// Needs a cluster, the one that KUBECONFIG names, and stands among the sources: whoever runs the tests of one part has not asked for it.
const isKubernetesAsked = process.argv.some((word) => word === 'kubernetes' || word === '--project=kubernetes')
const kubernetes = project('kubernetes', ['apps/*/src/**/*.kube.e2e.ts'], {
  globalSetup: ['infra/local/testing/global-setup.ts'],
  fileParallelism: false,
  testTimeout: 60_000,
  hookTimeout: 120_000,
})

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['{libs,apps,infra}/**/*.spec.{ts,tsx}', 'e2e/**/*.spec.ts'], {
        exclude: ['**/node_modules/**', '**/dist/**', '**/*.int.spec.ts'],
        // Against what hangs; properties over thousands of cases take their time where the machine is busy.
        testTimeout: 20_000,
      }),
      project('integration', ['{libs,apps,infra}/**/*.int.spec.ts'], {
        globalSetup: ['infra/local/testing/global-setup.ts'],
        testTimeout: 30_000,
        hookTimeout: 60_000,
      }),
      project('e2e', ['e2e/{shop,mesh,browser,start,audit,labs}/**/*.e2e.ts'], {
        globalSetup: ['e2e/testing/global-setup.ts'],
        // One shop for all, and some suites break it.
        fileParallelism: false,
        testTimeout: 60_000,
        hookTimeout: 120_000,
      }),
      // The same acceptance suites over the other placement: every service behind a sidecar process.
      project(
        'e2e-process',
        [
          'e2e/mesh/**/*.e2e.ts',
          'e2e/shop/{purchase,returns,card-numbers,kill-a-replica}.e2e.ts',
          'e2e/start/life.e2e.ts',
        ],
        {
          globalSetup: ['e2e/testing/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          env: { MESHMART_PLACEMENT: 'process' },
        },
      ),
      ...(isKubernetesAsked ? [kubernetes] : []),
      project('compose', ['e2e/compose/*.e2e.ts'], {
        testTimeout: 60_000,
        // The suite brings its containers down itself; Ryuk would be one more image to pull.
        env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
      }),
    ],
  },
})
