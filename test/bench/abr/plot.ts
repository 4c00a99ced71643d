/** A run as a picture: what the link carried and what arrived, and below it how late. */
import type { Watched } from '../network/measures.js'

const size = { width: 900, height: 420 } as const
const left = 60
const right = 15
const rates = { top: 40, bottom: 220 } as const
const ages = { top: 260, bottom: 390 } as const
const binMs = 500

interface Panel {
  readonly top: number
  readonly bottom: number
}

/** An SVG document. */
export const plot = (title: string, { arrivals, moments, endMs, bounds }: Watched): string => {
  const x = (ms: number): number => left + (ms / endMs) * (size.width - left - right)
  const y = (value: number, most: number, { top, bottom }: Panel): number =>
    bottom - (Math.min(value, most) / most) * (bottom - top)
  const bins = Array.from({ length: Math.ceil(endMs / binMs) }, () => 0)
  for (const { frame, atMs } of arrivals) {
    const bin = Math.floor(atMs / binMs)
    bins[bin] = (bins[bin] ?? 0) + (frame.bytes * 8) / binMs
  }
  const mostKbps = niceAbove(Math.max(...bins, (bounds.maxKbps + bounds.audioKbps) * 1.2))
  const pictures = arrivals.filter(({ frame }) => frame.track === 'video')
  const mostMs = niceAbove(
    pictures.reduce((most, { frame, atMs }) => Math.max(most, atMs - frame.capturedMs), 100),
  )
  const line = (points: readonly (readonly [number, number])[], colour: string): string =>
    `<polyline fill="none" stroke="${colour}" stroke-width="1.3" points="${points.map(coordinates).join(' ')}"/>`
  const capacity = moments.flatMap(({ atMs, capacityKbps }, index) => {
    const level = y(capacityKbps, mostKbps, rates)
    return [[x(atMs), level] as const, [x(moments[index + 1]?.atMs ?? endMs), level] as const]
  })
  const ground = rates.bottom
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${left}" y="20" font-size="15">${escaped(title)}</text>
<polygon fill="#d8dee6" points="${[[left, ground] as const, ...capacity, [x(endMs), ground] as const].map(coordinates).join(' ')}"/>
${line(
  bins.map((kbps, bin) => [x(Math.min(endMs, (bin + 0.5) * binMs)), y(kbps, mostKbps, rates)]),
  '#1668b8',
)}
${line(
  pictures.map(({ frame, atMs }) => [x(atMs), y(atMs - frame.capturedMs, mostMs, ages)]),
  '#c2410c',
)}
${axis(rates, `${mostKbps}`, 'kbit/s: link (grey), arrived')}
${axis(ages, `${mostMs}`, 'ms from the encoder to arrival')}
${Array.from({ length: Math.floor(endMs / 10_000) + 1 }, (_, ten) => `<text x="${x(ten * 10_000)}" y="${size.height - 12}" text-anchor="middle">${ten * 10} s</text>`).join('\n')}
</svg>
`
}

const axis = ({ top, bottom }: Panel, most: string, what: string): string =>
  `<path d="M${left} ${top}V${bottom}H${size.width - right}" fill="none" stroke="#333"/>
<text x="${left - 6}" y="${top + 4}" text-anchor="end">${most}</text>
<text x="${left - 6}" y="${bottom}" text-anchor="end">0</text>
<text x="${left + 6}" y="${top - 6}">${what}</text>`

const coordinates = ([x, y]: readonly [number, number]): string => `${x.toFixed(1)},${y.toFixed(1)}`

/** 1, 2 or 5 times a power of ten. */
const niceAbove = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
