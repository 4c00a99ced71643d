import type {
  Box,
  BoxEvents,
  BoxState,
  CommandReply,
  CommandRequest,
  NetStatus,
} from '../../firmware/pusher/events.js'

export const idleState: BoxState = {
  state: 'idle',
  since: 1_700_000_000_000,
  code: 0,
  attempt: 0,
  camera: 'front',
  muted: false,
  encoder: 'x264enc',
  width: 360,
  height: 640,
  fps: 15,
  url: 'rtmp://127.0.0.1/live/***',
  session: 0,
  version: '0.1.0',
}

/** Of a stream that goes well. */
export const goodNetStatus: NetStatus = {
  videoBitrate: 800,
  audioBitrate: 48,
  videoFPS: 15,
  videoGOP: 2,
  netSpeed: 850,
  netJitter: 3,
  netQualityLevel: 1,
  videoWidth: 360,
  videoHeight: 640,
  videoCache: 0,
  audioCache: 0,
}

const methods = new Set([
  'start',
  'stop',
  'pause',
  'resume',
  'switchCamera',
  'snapshot',
  'getMaxZoom',
  'setAttributes',
])

type Answer = (request: CommandRequest) => CommandReply | Promise<CommandReply>

/** A box that remembers what it was asked, answers as told, and emits what a test hands it. */
export class FakeBox implements Box {
  readonly submitted: CommandRequest[] = []
  currentState: BoxState = idleState
  currentAttributes: Readonly<Record<string, unknown>> = {
    url: 'rtmp://127.0.0.1/live/***',
    'max-bitrate': 1000,
  }
  answer: Answer = ({ method }) =>
    methods.has(method)
      ? { ok: true, method, result: { done: method } }
      : { ok: false, method, errCode: -3, errMsg: 'operateLivePusher:fail unknown method' }
  readonly #listeners = new Map<keyof BoxEvents, Set<(payload: never) => void>>()

  async submit(request: CommandRequest): Promise<CommandReply> {
    this.submitted.push(request)
    return this.answer(request)
  }

  state(): BoxState {
    return this.currentState
  }

  attributes(): Readonly<Record<string, unknown>> {
    return this.currentAttributes
  }

  on<Name extends keyof BoxEvents>(name: Name, listener: (payload: BoxEvents[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  emit<Name extends keyof BoxEvents>(name: Name, payload: BoxEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? [])
      (listener as (payload: BoxEvents[Name]) => void)(payload)
  }

  /** how many listen, over all events */
  listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** a statechange with this sequence number */
  emitStatus(seq: number): void {
    this.emit('statechange', {
      code: 1002,
      name: 'PUSH_EVT_PUSH_BEGIN',
      level: 'event',
      message: 'publishing',
      time: 1_700_000_000_000 + seq,
      seq,
    })
  }
}
