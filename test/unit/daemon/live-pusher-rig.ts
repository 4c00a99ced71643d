/** A {@link LivePusher} with a media process, devices and stores that do what a test tells them. */
import { EventEmitter } from 'node:events'
import type { CaptureDevices, Found, Position } from '../../../firmware/daemon/capture/capture-ports.js'
import { LivePusher } from '../../../firmware/daemon/live-pusher.js'
import type { LivePusherOptions, Media } from '../../../firmware/daemon/live-pusher-options.js'
import { SnapshotStore } from '../../../firmware/daemon/snapshot-store.js'
import { WaitingImage } from '../../../firmware/daemon/waiting-image/waiting-image.js'
import type { VideoSource } from '../../../firmware/media/graph/sources.js'
import type { EngineCounters, LaneFailure, ToEngine } from '../../../firmware/media/protocol.js'
import type { Attributes } from '../../../firmware/pusher/attributes.js'
import type { BoxEvents, Cause, CommandReply } from '../../../firmware/pusher/events.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { settled, usualElements } from './capture-rig.js'

type Of<Type extends ToEngine['type']> = Extract<ToEngine, { type: Type }>

export class FakeMedia extends EventEmitter implements Media {
  up = false
  readonly sent: ToEngine[] = []
  snapshot: Media['snapshot'] = async () => ({ image: Buffer.from('a picture'), width: 360, height: 640 })

  send(message: ToEngine): void {
    this.sent.push(message)
  }

  of<Type extends ToEngine['type']>(type: Type): Of<Type>[] {
    return this.sent.filter((message): message is Of<Type> => message.type === type)
  }

  start(elements: readonly string[] = usualElements): void {
    this.up = true
    this.emit('up', elements)
  }

  die(cause: Cause = { kind: 'media-died', signal: 'SIGSEGV' }, event: 'down' | 'failed' = 'down'): void {
    this.up = false
    this.emit(event, cause)
  }

  /** The last connection that was asked for gets on, or not. */
  output(event: 'connected' | 'published' | 'lost', cause?: Cause): void {
    const connection = this.of('connect').at(-1)?.connection ?? 0
    this.emit('message', { type: 'output', connection, event, ...(cause ? { cause } : {}) })
  }

  /** The last pipeline of a track fails. */
  fail(track: 'video' | 'audio', cause: LaneFailure): void {
    const run = this.of('run').findLast(({ spec }) => spec.track === track)
    this.emit('message', { type: 'lane', track, generation: run?.generation, event: 'failed', cause })
  }

  beat(counters: Partial<EngineCounters> = {}): void {
    this.emit('message', { type: 'beat', counters: { ...noCounters, ...counters } })
  }
}

export const noCounters: EngineCounters = {
  atMs: 0,
  videoBytes: 0,
  audioBytes: 0,
  videoFrames: 0,
  audioFrames: 0,
  gopMs: 0,
  bytesSent: 0,
  videoQueued: 0,
  audioQueued: 0,
  queueAgeMs: 0,
  videoDropped: 0,
  rttMs: 0,
  rttVarMs: 0,
  notSentBytes: 0,
  viewers: 0,
  streaming: true,
}

export const url = 'rtmp://127.0.0.1:1/live/secret-key'

/** A server that says no: nothing is gained by asking whether its port answers. */
export const rejected: Cause = { kind: 'rejected', during: 'connected' }

export interface BoxRigOptions {
  /** as config.yaml sets them; the url is set unless it is given */
  readonly configured?: Partial<Attributes>
  readonly policy?: Partial<LivePusherOptions['policy']>
  readonly times?: LivePusherOptions['times']
  readonly pauseLimitMs?: number
  readonly backgroundLimitMs?: number
  readonly defaultUrl?: string
  readonly elements?: readonly string[]
  readonly encoders?: readonly string[]
  readonly torch?: LivePusherOptions['torch']
  /** starts without a media process */
  readonly mediaDown?: boolean
}

type Recorded = { readonly [Name in keyof BoxEvents]: BoxEvents[Name][] }

const eventNames = [
  'state',
  'attributes',
  'statechange',
  'error',
  'netstatus',
  'notice',
  'snapshot',
  'snapshotImage',
] as const

export interface BoxRig {
  readonly box: LivePusher
  readonly media: FakeMedia
  readonly cameras: Record<Position, Found<VideoSource>>
  readonly events: Pick<Recorded, (typeof eventNames)[number]>
  /** what was stored of the attributes; set `failure` to have storing fail */
  readonly store: { readonly saved: Partial<Attributes>[]; failure?: Error; gate: Promise<unknown> }
  readonly memory: { readonly saved: (boolean | 'paused')[]; failure?: Error }
  readonly folder: string
  submit(method: string, options?: unknown): Promise<CommandReply>
  /** codes of statechange so far */
  codes(): number[]
  /** start, connected, published */
  push(): Promise<void>
}

export const startBoxRig = async (t: Teardown, options: BoxRigOptions = {}): Promise<BoxRig> => {
  const media = new FakeMedia()
  const cameras: BoxRig['cameras'] = {
    front: { source: { kind: 'v4l2', device: '/dev/video0' } },
    back: { source: { kind: 'v4l2', device: '/dev/video2' } },
  }
  const devices: CaptureDevices = {
    camera: async (position) => cameras[position],
    microphone: async () => ({ source: { kind: 'test' } }),
    encoders: options.encoders ?? ['x264enc'],
    preset: 'ultrafast',
    zoom: { factor: 2, max: 5 },
    hotSwitch: false,
  }
  const store: BoxRig['store'] = { saved: [], gate: Promise.resolve() }
  const memory: BoxRig['memory'] = { saved: [] }
  const folder = await tempDir(t)
  const box = new LivePusher({
    version: '0.0.0',
    policy: { attempts: 3, intervalMs: 60_000, keepTrying: true, ...options.policy },
    pauseLimitMs: options.pauseLimitMs ?? 60_000,
    backgroundLimitMs: options.backgroundLimitMs ?? 60_000,
    layers: { configured: { url, ...options.configured }, changed: {} },
    media,
    devices,
    snapshots: new SnapshotStore(folder),
    waitingImage: new WaitingImage({ stateDir: folder }),
    music: { folder, runtimeDir: folder },
    store: {
      save: async (values) => {
        await store.gate
        if (store.failure) throw store.failure
        store.saved.push(values)
      },
    },
    memory: {
      save: async ({ pushing, paused }) => {
        if (memory.failure) throw memory.failure
        memory.saved.push(paused ? 'paused' : pushing)
      },
    },
    defaultUrl: () => options.defaultUrl ?? '',
    ...(options.torch ? { torch: options.torch } : {}),
    ...(options.times ? { times: options.times } : {}),
  })
  const events = Object.fromEntries(eventNames.map((name) => [name, []])) as unknown as BoxRig['events']
  for (const name of eventNames) box.on(name, (payload) => (events[name] as unknown[]).push(payload))
  box.start()
  t.teardown(() => box.stop())
  if (!options.mediaDown) media.start(options.elements)
  await settled()
  const submit: BoxRig['submit'] = async (method, given) => {
    const reply = await box.submit({ method, options: given, origin: 'mqtt' })
    await settled()
    return reply
  }
  return {
    box,
    media,
    cameras,
    events,
    store,
    memory,
    folder,
    submit,
    codes: () => events.statechange.map(({ code }) => code),
    push: async () => {
      await submit('start')
      media.output('connected')
      media.output('published')
    },
  }
}

/** A box in each column of the table of call order. */
export const phases = {
  idle: (t: Teardown) => startBoxRig(t),
  preview: async (t: Teardown) => after(await startBoxRig(t), (rig) => rig.submit('startPreview')),
  connecting: async (t: Teardown) => after(await startBoxRig(t), (rig) => rig.submit('start')),
  pushing: async (t: Teardown) => after(await startBoxRig(t), (rig) => rig.push()),
  paused: async (t: Teardown) =>
    after(await startBoxRig(t), async (rig) => {
      await rig.push()
      await rig.submit('pause')
    }),
  failed: async (t: Teardown) =>
    after(await startBoxRig(t, { policy: { attempts: 0 } }), async (rig) => {
      await rig.submit('start')
      rig.media.output('lost', rejected)
    }),
} as const satisfies Record<string, (t: Teardown) => Promise<BoxRig>>

const after = async (rig: BoxRig, step: (rig: BoxRig) => Promise<unknown>): Promise<BoxRig> => {
  await step(rig)
  return rig
}
