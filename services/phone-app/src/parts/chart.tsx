/** Some lines over the last minutes, drawn by uPlot in the colours of the page. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { themeNow } from '../store/theme.js'

export interface Line {
  /** name of a colour of the page: `--line-1` */
  readonly colour: string
  readonly values: readonly (number | null)[]
  readonly stepped?: boolean
}

export interface ChartProps {
  /** s since the epoch */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  /** least upper end of the scale */
  readonly least: number
  /** what is said of it to who can't see it */
  readonly label: string
  readonly top?: number
  /** no numbers at the side: they would mean nothing */
  readonly bare?: boolean
}

const heightPx = 120
/** s between two times below the lines */
const minutes = [60, 120, 300, 600]
/** s shown at least */
const spanS = 120

const colourOf = (element: Element, name: string): string =>
  getComputedStyle(element).getPropertyValue(name).trim()

export const Chart = ({ times, lines, least, label, top, bare }: ChartProps) => {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(null)
  const theme = themeNow.value
  const shape = lines.map(({ colour }) => colour).join()

  useEffect(() => {
    const element = place.current
    if (!element) return
    const axis = {
      stroke: colourOf(element, '--quiet'),
      font: '11px system-ui',
      ticks: { show: false },
    } as const
    const grid = { stroke: colourOf(element, '--line'), width: 1 }
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 18, 0, 0],
        scales: {
          x: { range: (_, from, to) => [Math.min(from, to - spanS), to] },
          y: { range: (_, __, max) => [0, top ?? Math.max(least, max * 1.1)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 24,
            space: 60,
            incrs: minutes,
            values: (_, splits) => splits.map(clock),
          },
          { ...axis, grid, size: bare ? 10 : 42, space: 34, ...(bare ? { values: () => [] } : {}) },
        ],
        series: [
          {},
          ...lines.map(({ colour, stepped }) => ({
            stroke: colourOf(element, colour),
            width: 2,
            points: { show: false },
            ...(stepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
          })),
        ],
      },
      [[...times], ...lines.map(({ values }) => [...values])],
      element,
    )
    chart.current = made
    const fit = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }))
    fit.observe(element)
    return () => {
      fit.disconnect()
      made.destroy()
      chart.current = null
    }
  }, [theme, shape, least, top, bare])

  useEffect(() => {
    chart.current?.setData([[...times], ...lines.map(({ values }) => [...values])])
  }, [times, lines])

  return <div class="chart" ref={place} role="img" aria-label={label} />
}

const clock = (seconds: number): string => new Date(seconds * 1_000).toTimeString().slice(0, 5)
