/** The whole mini-program, with the context as one file that needs nothing, as `build/mini-program`. */
import { fileURLToPath } from 'node:url'
import type { UserConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const config: UserConfig = {
  root: here('.'),
  publicDir: here('example'),
  logLevel: 'warn',
  build: {
    outDir: here('../../build/mini-program'),
    emptyOutDir: true,
    // What the script engines of older phones understand.
    target: 'es2018',
    // It is copied into other projects and read there.
    minify: false,
    lib: { entry: here('context.ts'), formats: ['cjs'], fileName: () => 'lib/live-pusher-box.js' },
  },
}

// biome-ignore lint/style/noDefaultExport: this is how vite finds it
export default config
