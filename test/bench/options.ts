/** The command line of the bench. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, Settings } from './bench.js'
import type { Stream } from './publishers/publisher.js'

export interface Asked {
  readonly bench: Bench
  readonly settings: Settings
  /** where the figures go as JSON */
  readonly json: string | undefined
}

/** What was typed wrong, in one sentence. */
export class UsageError extends Error {}

const defaultKbps = 1000

/** Reads `1280x720@30/2500` (the rate in kbit/s may be left out). */
const parseSize = (text: string): Stream => {
  const [, width = 0, height = 0, fps = 0, videoKbps = defaultKbps] = (
    /^(\d+)x(\d+)@(\d+)(?:\/(\d+))?$/.exec(text) ?? []
  ).map((part) => (part === undefined ? part : Number(part))) as (number | undefined)[]
  if (width < 64 || height < 64 || fps < 1 || fps > 30 || width % 2 === 1 || height % 2 === 1)
    throw new UsageError(`--size: ${text} is not like 1280x720@30/2500`)
  return { width, height, fps, videoKbps }
}

const wholeNumber = (name: string, text: string | undefined, standard: number): number => {
  if (text === undefined) return standard
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--${name} needs a whole number above 0`)
  return Number(text)
}

const readable = (file: string): string => {
  try {
    accessSync(file, constants.R_OK)
    return resolve(file)
  } catch {
    throw new UsageError(`--clip: ${file} can't be read`)
  }
}

const folder = (path: string): string => {
  try {
    mkdirSync(path, { recursive: true })
    return resolve(path)
  } catch {
    throw new UsageError(`--plots: ${path} can't be made`)
  }
}

/** undefined: help was asked for. @throws UsageError */
export const parseCommandLine = (argv: readonly string[], benches: readonly Bench[]): Asked | undefined => {
  const { values, positionals } = parse(argv)
  if (values.help) return undefined
  const [name, ...rest] = positionals
  const names = benches.map((each) => each.name).join(', ')
  const bench = benches.find((each) => each.name === name)
  if (!bench)
    throw new UsageError(name === undefined ? `which bench? ${names}` : `no bench ${name}: ${names}`)
  if (rest.length > 0) throw new UsageError(`one bench at a time; ${rest.join(' ')} is too much`)
  const clip = values.clip === undefined ? undefined : readable(values.clip)
  const streams = (values.size ?? bench.sizes).split(',').map(parseSize)
  return {
    bench,
    settings: {
      seconds: wholeNumber('seconds', values.seconds, bench.seconds.default),
      rounds: wholeNumber('rounds', values.rounds, bench.rounds),
      only: {
        ...(values.trace === undefined ? {} : { trace: values.trace }),
        ...(values.controller === undefined ? {} : { controller: values.controller }),
        ...(values.mode === undefined ? {} : { mode: values.mode }),
      },
      ...(values.plots === undefined ? {} : { plots: folder(values.plots) }),
      streams: clip === undefined ? streams : streams.map((stream) => ({ ...stream, clip })),
    },
    json: values.json === undefined ? undefined : resolve(values.json),
  }
}

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'string' },
        seconds: { type: 'string' },
        rounds: { type: 'string' },
        size: { type: 'string' },
        clip: { type: 'string' },
        trace: { type: 'string' },
        controller: { type: 'string' },
        mode: { type: 'string' },
        plots: { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export const help = (
  benches: readonly Bench[],
): string => `Measures the box against others (gst-launch-1.0 and ffmpeg, or other rate controllers), in the same run.

Usage: scripts/bench NAME [OPTIONS]

Benches
${benches
  .map(
    ({ name, summary, seconds, rounds, sizes }) =>
      `  ${name.padEnd(9)}${summary}\n${' '.repeat(11)}--seconds ${seconds.default} (${seconds.help}) --rounds ${rounds} --size ${sizes}`,
  )
  .join('\n')}

Options
  --seconds N   length of each run, in seconds
  --rounds N    how often each is run
  --size LIST   pictures, as WIDTHxHEIGHT@FPS/KBITS, separated by commas
  --clip FILE   a video file instead of the test picture, the same for all
  --trace T     network, abr: one trace or shape, by name or as a file of "ms,kbps" rows, 200 ms apart
  --controller C, --mode M
                network, abr: one of them
  --plots DIR   abr only: a plot of each run as SVG
  --json FILE   writes machine, versions, settings, samples and results as JSON
  --help        prints this

A bench does not fail because something is slow. Exit codes: 0 measured, 1 the figures are worthless and why,
2 wrong usage.`
