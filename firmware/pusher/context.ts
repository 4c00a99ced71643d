import { z } from 'zod'
import { type Attributes, parseAttributes } from './attributes.js'
import type { Problem } from './events.js'
import { type MusicUrl, musicUrlForms, parseMusicUrl } from './music-url.js'
import { nearest } from './nearest.js'
import { type Refused, refuse } from './refusals.js'

export { type CallRule, callOrder, type PhaseName } from './call-order.js'
export { failMessage, okMessage, type Refusal, type Refused, refusals, refuse } from './refusals.js'

/** The methods of LivePusherContext (spec 6.1) and `setAttributes`: what they take and what becomes of them. */

/** `works`; `unsupported`: never on this device, and why. */
type Support =
  | { readonly support: 'works'; readonly reason?: never }
  | { readonly support: 'unsupported'; readonly reason: string }

export type MethodEntry = Support & {
  readonly options: z.ZodType
  readonly help: string
  /** first version of the base library with this method; null: of the box */
  readonly since: string | null
}

const none = z.strictObject({})
const share = z.number().min(0).max(1).describe('a number from 0 to 1')
/** The component has the volume of the music as text. */
const shareOrText = z
  .union([
    share,
    z
      .string()
      .regex(/^(?:\d+\.?\d*|\.\d+)$/)
      .transform(Number)
      .pipe(share),
  ])
  .describe('a number from 0 to 1')
const milliseconds = z.number().optional().describe('a number of milliseconds')

/** Bytes of a message in UTF-8, and messages in a second (spec 6.3). */
export const maxMessageBytes = 1024
export const maxMessagesPerSecond = 30
const utf8Length = (text: string): number => new TextEncoder().encode(text).length

const works = <Options extends z.ZodType>(since: string | null, help: string, options: Options) =>
  ({ support: 'works', since, help, options }) as const
const unsupported = (since: string, help: string, reason: string) =>
  // What such a method takes does not matter: it is refused before its options are looked at.
  ({ support: 'unsupported', since, help, reason, options: z.unknown() }) as const

const noFaces = 'the box has no face or hand tracking'
const noTables = 'the component does not document what a filter file is; the attribute filter has 11 filters'
const noPages = 'the box has no pages, so there is no small window'
const noPrograms = 'no program of a page runs on the box'

export const methods = {
  start: works('1.7.0', 'Starts pushing and the preview; connected is 1002.', none),
  stop: works('1.7.0', 'Stops pushing and the preview.', none),
  pause: works('1.7.0', 'Pushes a neutral picture and silence instead; the connection stays.', none),
  resume: works('1.7.0', 'Undoes pause.', none),
  enterBackground: works(
    null,
    'Closes the camera for privacy: as pause, told with 5000 and limited to three minutes unless configured.',
    none,
  ),
  exitBackground: works(null, 'Undoes enterBackground; the same as resume.', none),
  switchCamera: works('1.7.0', 'Changes between the front and the back camera.', none),
  snapshot: works(
    '1.9.90',
    'Takes a still picture.',
    z.strictObject({
      quality: z.enum(['raw', 'compressed']).default('raw').describe('one of raw, compressed'),
      sourceType: z.enum(['stream', 'view']).default('stream').describe('one of stream, view'),
    }),
  ),
  setAttributes: works(null, 'Changes some attributes, all or none.', z.record(z.string(), z.unknown())),
  toggleTorch: works('2.1.0', 'Turns the torch of the back camera on or off, and tells which.', none),
  startPreview: works('2.7.0', 'Opens the camera for the preview without pushing.', none),
  stopPreview: works('2.7.0', 'Closes the preview; a push goes on.', none),
  playBGM: works(
    '2.4.0',
    'Mixes background music into the stream, instead of what plays.',
    z.strictObject({
      url: z
        .string()
        .transform((text, context): MusicUrl => {
          const url = parseMusicUrl(text)
          if (!url) context.addIssue('is neither')
          return url ?? z.NEVER
        })
        .describe(musicUrlForms),
      startTimeMs: milliseconds,
      endTimeMs: milliseconds,
    }),
  ),
  pauseBGM: works('2.4.0', 'Pauses the background music.', none),
  resumeBGM: works('2.4.0', 'Goes on with the background music.', none),
  stopBGM: works('2.4.0', 'Ends the background music.', none),
  setBGMVolume: works(
    '2.4.0',
    'Sets the volume of the background music.',
    z.strictObject({ volume: shareOrText }),
  ),
  setMICVolume: works('2.10.0', 'Sets the volume of the microphone.', z.strictObject({ volume: share })),
  sendMessage: works(
    '2.10.0',
    'Sends a short message inside the video, with the next frame.',
    z.strictObject({
      msg: z
        .string()
        .refine((text) => text !== '' && utf8Length(text) <= maxMessageBytes)
        .describe(`text of 1 to ${maxMessageBytes} bytes in UTF-8`),
    }),
  ),
  getMaxZoom: works('2.31.0', 'Tells the greatest zoom factor of the camera in use.', none),
  setZoom: works(
    '2.31.0',
    'Sets the zoom factor; it counts until the zoom attribute is set or the camera is switched.',
    z.strictObject({
      zoom: z
        .number()
        .min(1)
        .refine((zoom) => Math.abs(zoom * 10 - Math.round(zoom * 10)) < 1e-6)
        .describe('a number from 1 to what getMaxZoom tells, in steps of 0.1'),
    }),
  ),
  applyFilter: unsupported('2.14.0', 'Adds a colour table as a filter.', noTables),
  clearFilters: unsupported('2.14.0', 'Removes all filters.', noTables),
  exitPictureInPicture: unsupported('2.25.0', 'Leaves the small window.', noPages),
  applySticker: unsupported('2.14.0', 'Adds stickers.', noFaces),
  clearStickers: unsupported('2.14.0', 'Removes all stickers.', noFaces),
  applyBlusherStickMakeup: unsupported('2.14.0', 'Adds blusher.', noFaces),
  applyEyeBrowMakeup: unsupported('2.14.0', 'Adds brows.', noFaces),
  applyEyeShadowMakeup: unsupported('2.14.0', 'Adds eye shadow.', noFaces),
  applyFaceContourMakeup: unsupported('2.14.0', 'Adds contour.', noFaces),
  applyLipStickMakeup: unsupported('2.14.0', 'Adds lipstick.', noFaces),
  clearMakeups: unsupported('2.14.0', 'Removes all make-up.', noFaces),
  createOffscreenCanvas: unsupported('2.29.0', 'Makes a canvas for captured frames.', noPrograms),
  onCustomRendererEvent: unsupported('2.29.0', 'Reports captured frames to a program.', noPrograms),
} as const satisfies Record<string, MethodEntry>

export type Method = keyof typeof methods

export const methodNames = Object.keys(methods) as readonly Method[]

/** A request that was understood: one of the methods that work, with its options in their final form. */
export type Command =
  | { readonly method: 'start' }
  | { readonly method: 'stop' }
  | { readonly method: 'pause' }
  | { readonly method: 'resume' }
  | { readonly method: 'enterBackground' }
  | { readonly method: 'exitBackground' }
  | { readonly method: 'switchCamera' }
  | { readonly method: 'startPreview' }
  | { readonly method: 'stopPreview' }
  | {
      readonly method: 'snapshot'
      readonly quality: 'raw' | 'compressed'
      readonly sourceType: 'stream' | 'view'
    }
  | { readonly method: 'sendMessage'; readonly msg: string }
  | { readonly method: 'toggleTorch' }
  | { readonly method: 'setMICVolume' | 'setBGMVolume'; readonly volume: number }
  | {
      readonly method: 'playBGM'
      readonly url: MusicUrl
      readonly startTimeMs?: number | undefined
      readonly endTimeMs?: number | undefined
    }
  | { readonly method: 'pauseBGM' | 'resumeBGM' | 'stopBGM' }
  | { readonly method: 'getMaxZoom' }
  | { readonly method: 'setZoom'; readonly zoom: number }
  | { readonly method: 'setAttributes'; readonly values: Partial<Attributes> }

export type ParsedCommand = { readonly ok: true; readonly command: Command } | Refused

/**
 * Reads a request from outside; the caller has taken `id` out of the options. No options, `null` and `{}` are the
 * same. Never throws. Whether the command fits the state is {@link callOrder}'s.
 */
export function parseCommand(method: string, options: unknown): ParsedCommand {
  const name = methodNames.find((known) => known === method)
  if (name === undefined) {
    const near = nearest(method, methodNames)
    return refuse(
      'unknownMethod',
      near === undefined ? 'unknown method' : `unknown method; did you mean ${near}?`,
    )
  }
  const entry: MethodEntry = methods[name]
  if (entry.support === 'unsupported')
    return refuse('unsupported', `not supported on this device: ${entry.reason}`)
  switch (name) {
    case 'start':
    case 'stop':
    case 'pause':
    case 'resume':
    case 'enterBackground':
    case 'exitBackground':
    case 'switchCamera':
    case 'startPreview':
    case 'stopPreview':
    case 'toggleTorch':
    case 'getMaxZoom':
    case 'pauseBGM':
    case 'resumeBGM':
    case 'stopBGM': {
      const read = readOptions(name, methods[name].options, options)
      return read.ok ? { ok: true, command: { method: name } } : read
    }
    case 'snapshot': {
      const read = readOptions(name, methods[name].options, options)
      return read.ok ? { ok: true, command: { method: name, ...read.value } } : read
    }
    case 'sendMessage': {
      const read = readOptions(name, methods[name].options, options)
      return read.ok ? { ok: true, command: { method: name, ...read.value } } : read
    }
    case 'setZoom': {
      const read = readOptions(name, methods[name].options, options)
      return read.ok ? { ok: true, command: { method: name, ...read.value } } : read
    }
    case 'playBGM': {
      const read = readOptions(name, methods[name].options, options)
      return read.ok ? { ok: true, command: { method: name, ...read.value } } : read
    }
    case 'setMICVolume':
    case 'setBGMVolume': {
      const read = readOptions(name, methods[name].options, options)
      return read.ok ? { ok: true, command: { method: name, ...read.value } } : read
    }
    case 'setAttributes': {
      const parsed = parseAttributes(options)
      return parsed.ok
        ? { ok: true, command: { method: name, values: parsed.values } }
        : refuseAttributes(parsed.problems)
    }
    default:
      return refuse('unsupported')
  }
}

/** Refuses attributes; a bad `url` alone has the component's own code for an illegal address. */
export function refuseAttributes(problems: readonly Problem[]): Refused {
  const onlyUrl = problems.length > 0 && problems.every((problem) => problem.path === 'url')
  return refuse(onlyUrl ? 'illegalUrl' : 'badInput', summary(problems), problems)
}

type ReadOptions<Value> = { readonly ok: true; readonly value: Value } | Refused

function readOptions<Value>(method: Method, schema: z.ZodType<Value>, options: unknown): ReadOptions<Value> {
  const parsed = schema.safeParse(options ?? {})
  if (parsed.success) return { ok: true, value: parsed.data }
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const allowed = known.length === 0 ? `${method} takes no options` : `${method} takes ${known.join(', ')}`
  const problems = parsed.error.issues.flatMap((issue): readonly Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: key.slice(0, 64), message: `is not an option; ${allowed}` }))
    }
    const [key] = issue.path
    if (key === undefined) return [{ path: '', message: `must be an object of options; ${allowed}` }]
    const option: unknown = schema instanceof z.ZodObject ? schema.shape[String(key)] : undefined
    const description = option instanceof z.ZodType ? option.description : undefined
    return [
      { path: String(key), message: description === undefined ? issue.message : `must be ${description}` },
    ]
  })
  return refuse('badInput', summary(problems), problems)
}

function summary(problems: readonly Problem[]): string {
  const [first] = problems
  if (first === undefined) return 'bad input'
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return `${first.path} ${first.message}${more}`.trimStart()
}
