/** The phone app, as `build/phone-app`: everything that it needs, nothing from elsewhere. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Plugin, UserConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const output = here('../../build/phone-app')

/** Beside each script and style the same packed: the box has nothing to do when it is asked for. */
const packed: Plugin = {
  name: 'packed',
  apply: 'build',
  closeBundle: async () => {
    const folder = join(output, 'assets')
    for (const name of await readdir(folder)) {
      if (!/\.(?:js|css)$/.test(name)) continue
      await writeFile(join(folder, `${name}.gz`), gzipSync(await readFile(join(folder, name)), { level: 9 }))
    }
  },
}

const config: UserConfig = {
  plugins: [packed],
  root: here('.'),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: output,
    emptyOutDir: true,
    target: 'es2022',
    // The box's policy allows no inline script, and data: for pictures only.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
}

// biome-ignore lint/style/noDefaultExport: this is how vite finds it
export default config
