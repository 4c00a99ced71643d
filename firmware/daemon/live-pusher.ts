/**
 * The live-pusher as a running thing: puts its parts together, takes commands in one line, passes on what the media
 * process says, and tells the world. What happens to a session is decided in pusher/.
 */
import { EventEmitter } from 'node:events'
import { captureAttributes } from '../config/attribute-layers.js'
import type { FromEngine, ToEngine } from '../media/protocol.js'
import type { Attributes } from '../pusher/attributes.js'
import type { Relief } from '../pusher/board-relief.js'
import type { StatusCode } from '../pusher/codes.js'
import { refuse } from '../pusher/context.js'
import type { Box, BoxEvents, BoxState, Cause, CommandReply, CommandRequest } from '../pusher/events.js'
import { encoderProfile } from '../pusher/geometry.js'
import { type DebugFigures, type DebugReport, isPreviewFlipped, type PreviewView } from '../pusher/preview.js'
import { attemptOf, stateName } from '../pusher/session.js'
import { done, reasonOf } from './answer.js'
import { BoxAttributes } from './box-attributes.js'
import { Capture } from './capture/capture.js'
import type { Want } from './capture/capture-ports.js'
import { CommandQueue } from './command-queue.js'
import { Commands } from './commands.js'
import { type LivePusherOptions, type OwnTimes, usualTimes } from './live-pusher-options.js'
import { Music } from './music/music.js'
import { SessionRunner } from './session/session-runner.js'
import { StatusTeller } from './telling/status-teller.js'
import { StreamFigures } from './telling/stream-figures.js'
import { TorchSwitch } from './torch-switch.js'

export class LivePusher implements Box {
  #options: LivePusherOptions
  #times: OwnTimes
  #events = new EventEmitter()
  #queue: CommandQueue
  #runner: SessionRunner
  #attributes: BoxAttributes
  #commands: Commands
  #capture: Capture
  #torch: TorchSwitch | undefined
  #music: Music
  #teller: StatusTeller
  #figures: StreamFigures
  #published = ''
  #started = false
  #stopped = false

  constructor(options: LivePusherOptions) {
    this.#options = options
    const times = { ...usualTimes, ...options.times }
    this.#times = times
    this.#queue = new CommandQueue(
      (method, error) =>
        this.notice('internal-fault', `The command ${method} failed inside the box: ${reasonOf(error)}`),
      times,
    )
    const send = (message: ToEngine): void => options.media.send(message)
    const tell = (code: StatusCode, cause?: Cause): void => this.#tell(code, cause)
    const notice = (kind: string, message: string, cause?: Cause): void => this.notice(kind, message, cause)
    const changed = (): void => this.#publishState()
    const storageFailed = (error: unknown): void =>
      this.notice('storage-failed', `The state could not be stored: ${reasonOf(error)}`)
    this.#torch =
      options.torch &&
      new TorchSwitch(options.torch, (cause) =>
        this.notice('torch-failed', 'The torch could not be switched off.', cause),
      )
    this.#capture = new Capture(
      { ...options.devices, waitingImage: options.waitingImage },
      captureAttributes(options.layers),
      send,
      {
        code: (code, cause) =>
          cause?.kind === 'no-encoder' && code === -1303
            ? this.#runner.cannotEncode(cause)
            : this.#tell(code, cause),
        notice,
        changed,
      },
      times,
    )
    this.#music = new Music(options.music, send, {
      started: () => this.#emit('bgmstart', {}),
      progress: (payload) => this.#emit('bgmprogress', payload),
      completed: () => this.#emit('bgmcomplete', {}),
      failed: (cause) => this.#tell(10003, cause),
    })
    this.#teller = new StatusTeller(
      {
        statechange: (event) => this.#emit('statechange', event),
        error: (event) => this.#emit('error', event),
      },
      times.warningRepeatMs,
    )
    this.#figures = new StreamFigures(
      {
        session: () => this.#runner.session,
        shown: () => this.#capture.facts,
        netStatus: (info) => this.#emit('netstatus', { info }),
      },
      times,
    )
    this.#runner = new SessionRunner(
      options,
      {
        address: () => this.#attributes.values.url || options.defaultUrl(),
        queueMs: () => encoderProfile(this.#attributes.values.mode).queueLimitMs,
        show: (want) => this.#show(want),
        tell,
        notice,
        began: () => this.#figures.began(),
        changed,
        storageFailed,
      },
      times,
    )
    this.#attributes = new BoxAttributes(options, {
      capture: this.#capture,
      runner: this.#runner,
      torchOff: () => this.#torchOff(),
      tell,
      storageFailed,
      changed: () => {
        this.#emit('attributes', this.attributes())
        this.#publishState()
      },
    })
    this.#commands = new Commands({
      media: options.media,
      devices: options.devices,
      snapshots: options.snapshots,
      attributes: this.#attributes,
      capture: this.#capture,
      music: this.#music,
      runner: this.#runner,
      torch: this.#torch,
      mirrored: () => this.preview.mirrored,
      tell,
      emit: (name, payload) => this.#emit(name, payload),
    })
    this.#events.setMaxListeners(0)
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    const { media } = this.#options
    media.on('up', (elements) => {
      this.#figures.mediaUp()
      void this.#capture.mediaUp(elements)
      this.#music.mediaUp()
      this.#runner.dispatch({ type: 'media-up' })
    })
    media.on('down', (cause) => {
      this.#mediaGone()
      this.#runner.dispatch({ type: 'media-down', cause })
    })
    media.on('failed', (cause) => {
      this.#mediaGone()
      this.#runner.dispatch({ type: 'media-failed', cause })
    })
    media.on('message', (message) => this.#onMedia(message))
    this.#watchWaitingImage()
    this.#music.start()
    this.#figures.start()
    this.#publishState()
  }

  /** Ends the session cleanly without forgetting that it was on: after the next start it goes on. */
  /** A camera or a microphone was plugged in. */
  devicesChanged(): void {
    this.#capture.devicesChanged()
  }

  stop(): void {
    this.#stopped = true
    this.#figures.stop()
    this.#runner.stop()
    this.#capture.stop()
    this.#options.waitingImage.stop()
    this.#torchOff()
    this.#music.stop()
    this.#options.media.send({ type: 'disconnect' })
  }

  /** Pushes again after a start of the box, paused when it was: whoever closed the camera relies on it. */
  async goOn(paused: boolean): Promise<void> {
    const method = 'start'
    await this.#queue.run(method, async () => ({
      ...(this.#runner.start('start-up', paused) ?? done()),
      method,
    }))
  }

  /** Loads the waiting image that the attributes name. At the start: once those who shall hear of failures listen. */
  loadWaitingImage(): void {
    this.#attributes.loadWaitingImage()
  }

  submit(request: CommandRequest): Promise<CommandReply> {
    const method = request.method.slice(0, 64)
    if (this.#stopped) return Promise.resolve({ ...refuse('stopping'), method })
    return this.#queue.run(method, async () => {
      const answer = this.#stopped ? refuse('stopping') : await this.#commands.execute(request)
      return { ...answer, method }
    })
  }

  /** Takes the attributes that the configuration sets now; those set at run time still count more. */
  configure(configured: Partial<Attributes>): Promise<CommandReply> {
    const method = 'configure'
    return this.#queue.run(method, async () => ({
      ...(await this.#attributes.configure(configured)),
      method,
    }))
  }

  state(): BoxState {
    const { picture, encoder } = this.#capture.facts
    const { session, since, url, begun } = this.#runner
    const attributes = this.#attributes.values
    return {
      state: stateName(session),
      since,
      code: this.#teller.lastCode,
      attempt: attemptOf(session),
      camera: attributes['device-position'],
      muted: attributes.muted || !attributes['enable-mic'],
      encoder,
      width: picture.width,
      height: picture.height,
      fps: picture.fps,
      url: String(url ?? this.attributes().url),
      session: begun,
      version: this.#options.version,
    }
  }

  attributes(): Readonly<Record<string, unknown>> {
    return this.#attributes.shown
  }

  on<Name extends keyof BoxEvents>(name: Name, listener: (payload: BoxEvents[Name]) => void): () => void {
    this.#events.on(name, listener)
    return () => this.#events.off(name, listener)
  }

  /** Passes a reading of the board, a pressed button and the like on to whoever listens. */
  relay<Name extends 'telemetry' | 'button' | 'update'>(name: Name, payload: BoxEvents[Name]): void {
    this.#emit(name, payload)
  }

  /** Makes less work of the picture from now on, because the board is strained; undefined: as much as is asked for. */
  spare(relief: Relief | undefined): void {
    this.#capture.spare(relief)
  }

  /** Tells something that no code of the component describes. */
  notice(kind: string, message: string, cause?: Cause): void {
    this.#emit('notice', { kind, message, ...(cause ? { cause } : {}), time: Date.now() })
  }

  /** What is wrong with the box right now, in words; empty when nothing is. */
  complaints(): string[] {
    return [
      ...(this.#queue.stuckMs > this.#times.stuckMs ? ['a command does not end'] : []),
      ...(this.#options.media.up && this.#figures.frozen
        ? [`no frame was encoded for ${this.#times.frozenMs / 1000} s`]
        : []),
    ]
  }

  /** What shows beside the stream: whether a picture is to be expected, and whether it is to be flipped. */
  get preview(): Pick<PreviewView, 'picture' | 'mirrored'> {
    const { shows, slate, position, mirrored } = this.#capture.facts
    const flipped = isPreviewFlipped(this.#attributes.values['local-mirror'], position, mirrored)
    // Text on the slate is to be read.
    return { picture: this.#figures.expectsPicture, mirrored: shows && !slate && flipped }
  }

  /** The figures of the debug overlay (spec 10.9), with the state and the last 20 codes. */
  debug(cpu: DebugFigures['CPU'] = {}): DebugReport {
    const state = this.state()
    const { SPD, JIT, FPS, GOP, ARA, VRA, QUE, DRP, CAS } = this.#figures.debug()
    const RES = `${state.width}x${state.height}`
    const SVR = this.#runner.url?.host ?? ''
    return {
      enabled: this.#attributes.values.debug,
      ...{ CPU: cpu, RES, SPD, JIT, FPS, GOP, ARA, VRA, QUE, DRP, CAS, SVR },
      state,
      codes: this.#teller.recent,
    }
  }

  #emit<Name extends keyof BoxEvents>(name: Name, payload: BoxEvents[Name]): void {
    this.#events.emit(name, payload)
  }

  #mediaGone(): void {
    this.#capture.mediaDown()
    this.#figures.mediaDown()
    this.#music.mediaDown()
  }

  #show(want: Want): void {
    if (want !== 'camera') this.#torchOff()
    if (want === 'nothing') this.#music.stop()
    void this.#capture.want(want)
  }

  #torchOff(): void {
    void this.#torch?.off()
  }

  #watchWaitingImage(): void {
    const { waitingImage } = this.#options
    waitingImage.on('changed', () => this.#capture.waitingImageChanged())
    waitingImage.on('failed', (cause) => this.#tell(10004, cause))
    waitingImage.on('old', (cause) =>
      this.notice(
        'waiting-image-old',
        'The waiting image could not be loaded: the stored one is used.',
        cause,
      ),
    )
  }

  #onMedia(message: FromEngine): void {
    switch (message.type) {
      case 'lane':
        return this.#capture.onLane(message)
      case 'look':
        return this.#capture.onLook(message)
      case 'rate':
        return this.#capture.onRate(message)
      case 'beat':
        return this.#figures.count(message.counters)
      case 'music':
        return this.#music.onEvent(message.piece, message.event)
      case 'level':
        return this.#emit('audiovolumenotify', { volume: volumeOf(message.rmsDb) })
      case 'output':
        return this.#runner.onOutput(message)
      case 'hello':
      case 'snapshot':
    }
  }

  #tell(code: StatusCode, cause?: Cause): void {
    if (this.#teller.tell(code, cause)) this.#publishState()
  }

  #publishState(): void {
    const state = this.state()
    const text = JSON.stringify(state)
    if (text === this.#published) return
    this.#published = text
    this.#emit('state', state)
  }
}

/** Loudness as the component tells it: 0 from -60 dB down, 100 at full scale, in steps that an ear hears as equal. */
const volumeOf = (rmsDb: number): number => Math.round(Math.min(1, Math.max(0, 1 + rmsDb / 60)) * 100)
