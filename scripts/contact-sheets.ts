/**
 * Makes the contact sheets of docs/effects.md: a face with every level of beauty and whiteness, and with every filter,
 * as the CPU computes them. Needs ffmpeg. To be run again when a grade or the smoothing changes.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PixelLook } from '../firmware/media/engine/looks/look-pixels.js'
import { filters, type LookAttributes, lookOf } from '../firmware/media/graph/looks.js'
import { defaultAttributes } from '../firmware/pusher/attributes.js'

interface Cell {
  readonly label: string
  readonly wish: Partial<LookAttributes>
}

const off: LookAttributes = defaultAttributes
/** The picture that effects get, and the part of it that a cell shows. */
const size = { width: 432, height: 768 }
const shown = { height: 480, top: 40 }
const root = fileURLToPath(new URL('../../', import.meta.url))
const face = join(root, 'test/fixtures/face.png')

const levels = (from: number, to: number, cell: (level: number) => Cell): Cell[] =>
  Array.from({ length: to - from + 1 }, (_, index) => cell(from + index))

const sheets = {
  'effects-beauty.jpg': {
    columns: 5,
    cells: [
      ...levels(0, 9, (beauty) => ({ label: `beauty ${beauty}`, wish: { beauty } })),
      ...[3, 5, 7, 9].map((beauty) => ({
        label: `beauty ${beauty}, nature`,
        wish: { beauty, 'beauty-style': 'nature' } as const,
      })),
      { label: 'beauty 6, whiteness 5', wish: { beauty: 6, whiteness: 5 } },
      ...[1, 3, 5, 7, 9].map((whiteness) => ({ label: `whiteness ${whiteness}`, wish: { whiteness } })),
    ],
  },
  'effects-filters.jpg': {
    columns: 4,
    cells: [
      { label: 'standard', wish: {} },
      ...(Object.keys(filters) as (keyof typeof filters)[]).map((filter) => ({
        label: filter,
        wish: { filter },
      })),
      { label: 'pink, beauty 6', wish: { filter: 'pink', beauty: 6 } as const },
    ],
  },
} as const satisfies Record<string, { readonly columns: number; readonly cells: readonly Cell[] }>

const ffmpeg = (...args: readonly string[]): Buffer =>
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], {
    maxBuffer: 1 << 26,
    timeout: 60_000,
  })

const { width, height } = size
const planes = ffmpeg(
  ...['-i', face, '-vf', `scale=${width}:${height}:flags=lanczos:out_color_matrix=bt601:out_range=tv`],
  ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'],
)
const folder = mkdtempSync(join(tmpdir(), 'contact-sheets-'))
try {
  for (const [name, { columns, cells }] of Object.entries(sheets)) {
    const pictures = cells.map(({ wish }) => {
      const picture = Uint8Array.from(planes)
      const look = lookOf({ ...off, ...wish })
      const pixels = new PixelLook(width, height, { matrix: 'bt601', range: 'video' })
      if (look) pixels.set(look)
      pixels.apply(picture)
      return picture
    })
    const raw = join(folder, 'cells.yuv')
    writeFileSync(raw, Buffer.concat(pictures))
    const labels = cells.map(
      ({ label }, index) =>
        `drawtext=text='${label.replace(',', '\\,')}':enable='eq(n,${index})':x=10:y=h-34:fontsize=24:fontcolor=white:box=1:boxcolor=black@0.55:boxborderw=6`,
    )
    const rows = Math.ceil(cells.length / columns)
    const cell = [`crop=iw:${shown.height}:0:${shown.top}`, ...labels, 'scale=iw*0.6:-2']
    ffmpeg(
      ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-i', raw],
      ...['-vf', `${cell.join(',')},tile=${columns}x${rows}:padding=4:margin=4:color=white`],
      ...['-frames:v', '1', '-q:v', '4', join(root, 'docs', name)],
    )
    console.log(`wrote docs/${name}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
