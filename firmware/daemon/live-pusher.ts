/**
 * The live-pusher as a running thing: the shell around the session's state machine. It takes commands in one line,
 * runs the effects that the state machine asks for, and tells the world. What happens is decided in pusher/.
 */
import { EventEmitter } from 'node:events'
import {
  type AttributeLayers,
  captureAttributes,
  changeAttributes,
  effectiveAttributes,
} from '../config/attribute-layers.js'
import type { PushState } from '../config/push-memory.js'
import type { EngineCounters, FromEngine, ToEngine } from '../media/protocol.js'
import {
  type AttributeName,
  type Attributes,
  attributeNames,
  effectNote,
  entryOf,
  publicAttributes,
} from '../pusher/attributes.js'
import type { StatusCode } from '../pusher/codes.js'
import {
  type Command,
  callOrder,
  maxMessagesPerSecond,
  okMessage,
  parseCommand,
  type Refused,
  refuse,
  refuseAttributes,
} from '../pusher/context.js'
import type { Box, BoxEvents, BoxState, Cause, CommandReply, CommandRequest } from '../pusher/events.js'
import { encoderProfile } from '../pusher/geometry.js'
import { type DebugFigures, type DebugReport, isPreviewFlipped, type PreviewView } from '../pusher/preview.js'
import { type PushUrl, parsePushUrl } from '../pusher/push-url.js'
import type { ReconnectPolicy } from '../pusher/reconnect.js'
import {
  attemptOf,
  type Effect,
  idle,
  isOff,
  isPaused,
  next,
  phaseOf,
  type Session,
  type SessionEvent,
  stateName,
  withConnection,
} from '../pusher/session.js'
import { Capture, type CaptureDevices, type CaptureTimes } from './capture.js'
import { CommandQueue, type QueueLimits } from './command-queue.js'
import { DebugMeter } from './debug-meter.js'
import { Music } from './music/music.js'
import type { MusicFiles } from './music/music-file.js'
import { NetStatusMeter } from './net-status-meter.js'
import { Outage, type OutageTimes } from './outage.js'
import type { SnapshotStore } from './snapshot-store.js'
import { StatusTeller } from './status-teller.js'
import { causeOf, type Torch, TorchSwitch } from './torch-switch.js'
import type { WaitingImage } from './waiting-image/waiting-image.js'

/** The media process as this file needs it. */
export interface Media {
  readonly up: boolean
  send(message: ToEngine): void
  snapshot(
    quality: number,
    flipped: boolean,
  ): Promise<{ readonly image: Uint8Array; readonly width: number; readonly height: number }>
  on(event: 'up', listener: (elements: readonly string[]) => void): unknown
  on(event: 'down' | 'failed', listener: (cause: Cause) => void): unknown
  on(event: 'message', listener: (message: FromEngine) => void): unknown
}

export interface LivePusherOptions {
  readonly version: string
  readonly policy: ReconnectPolicy
  readonly pauseLimitMs: number
  readonly backgroundLimitMs: number
  readonly layers: AttributeLayers
  readonly media: Media
  readonly devices: Omit<CaptureDevices, 'waitingImage'>
  readonly waitingImage: WaitingImage
  readonly snapshots: SnapshotStore
  /** the light beside the back camera, if there is one */
  readonly torch?: Torch
  readonly music: MusicFiles
  /** keeps what was set at run time; throws when it can't */
  readonly store: { save(values: Partial<Attributes>): Promise<void> }
  /** keeps whether the box was pushing, and paused */
  readonly memory: { save(state: PushState): Promise<void> }
  /** where to push when the url attribute is empty */
  readonly defaultUrl: () => string
  /** what the network of this machine has, one line each: a new one is a reason to ask for the server at once */
  readonly networkFacts?: () => ReadonlySet<string>
  /** other times than the usual ones */
  readonly times?: Partial<LivePusherTimes>
}

export interface LivePusherTimes extends CaptureTimes, OutageTimes, Pick<QueueLimits, 'replyMs'> {
  readonly netStatusMs: number
  readonly stableMs: number
  /** frames must have advanced within this time while something is shown */
  readonly frozenMs: number
  /** a command must not take longer than this */
  readonly stuckMs: number
  /** the same warning is not told again within this time */
  readonly warningRepeatMs: number
}

const usualTimes = {
  netStatusMs: 2_000,
  stableMs: 10_000,
  frozenMs: 15_000,
  stuckMs: 10_000,
  warningRepeatMs: 2_000,
}
const connectMs = 5_000
const publishMs = 5_000
const stallMs = 6_000
const noMusic = 'no background music plays'
const jpegQuality = { raw: 95, compressed: 75 } as const

export class LivePusher implements Box {
  #options: LivePusherOptions
  #times: typeof usualTimes
  #events = new EventEmitter()
  #queue: CommandQueue
  #outage: Outage
  #capture: Capture
  #torch: TorchSwitch | undefined
  #music: Music
  #teller: StatusTeller
  #netStatus = new NetStatusMeter()
  #debugMeter = new DebugMeter()
  #layers: AttributeLayers
  #attributes: Attributes
  #session: Session = idle
  #since = Date.now()
  #url: PushUrl | undefined
  #connections = 0
  #sessions = 0
  #published = ''
  /** when messages were sent within the last second */
  #messagesAt: number[] = []
  #framesAt = performance.now()
  #netStatusTimer: NodeJS.Timeout | undefined
  #stableTimer: NodeJS.Timeout | undefined
  #pauseTimer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: LivePusherOptions) {
    this.#options = options
    const { times = {} } = options
    this.#times = { ...usualTimes, ...times }
    this.#queue = new CommandQueue((method, error) => this.#commandFailed(method, error), times)
    this.#outage = new Outage(
      {
        over: () => this.#dispatch({ type: 'retry' }),
        answered: () => options.media.send({ type: 'answers', connection: this.#connections }),
      },
      times,
      options.networkFacts,
    )
    this.#layers = options.layers
    this.#attributes = effectiveAttributes(options.layers)
    const send = (message: ToEngine): void => options.media.send(message)
    const report = {
      code: (code: StatusCode, cause?: Cause): void =>
        cause?.kind === 'no-encoder' && code === -1303 ? this.#cannotEncode(cause) : this.#tell(code, cause),
      notice: (kind: string, message: string, cause?: Cause): void => this.notice(kind, message, cause),
      changed: (): void => this.#publishState(),
    }
    const devices = { ...options.devices, waitingImage: options.waitingImage }
    this.#capture = new Capture(devices, captureAttributes(options.layers), send, report, times)
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
      this.#times.warningRepeatMs,
    )
    this.#torch =
      options.torch &&
      new TorchSwitch(options.torch, (cause) =>
        this.notice('torch-failed', 'The torch could not be switched off.', cause),
      )
    this.#events.setMaxListeners(0)
  }

  start(): void {
    if (this.#netStatusTimer) return
    const { media } = this.#options
    media.on('up', (elements) => {
      this.#framesAt = performance.now()
      void this.#capture.mediaUp(elements)
      this.#music.mediaUp()
      this.#dispatch({ type: 'media-up' })
    })
    media.on('down', (cause) => {
      this.#capture.mediaDown()
      this.#debugMeter.restart()
      this.#music.mediaDown()
      this.#dispatch({ type: 'media-down', cause })
    })
    media.on('failed', (cause) => {
      this.#capture.mediaDown()
      this.#debugMeter.restart()
      this.#music.mediaDown()
      this.#dispatch({ type: 'media-failed', cause })
    })
    media.on('message', (message) => this.#onMedia(message))
    this.#watchWaitingImage()
    this.#music.start()
    this.#netStatusTimer = setInterval(() => this.#tellNetStatus(), this.#times.netStatusMs)
    this.#publishState()
  }

  /** Ends the session cleanly without forgetting that it was on: after the next start it goes on. */
  stop(): void {
    this.#stopped = true
    clearInterval(this.#netStatusTimer)
    clearTimeout(this.#stableTimer)
    clearTimeout(this.#pauseTimer)
    this.#outage.stop()
    this.#capture.stop()
    this.#options.waitingImage.stop()
    void this.#torch?.off()
    this.#music.stop()
    this.#options.media.send({ type: 'disconnect' })
  }

  /** Pushes again after a start of the box, paused when it was: whoever closed the camera relies on it. */
  async goOn(paused: boolean): Promise<void> {
    await this.#queue.run('start', async () => ({ ...this.#start('start-up', paused), method: 'start' }))
  }

  /** Loads the waiting image that the attributes name. At the start: once those who shall hear of failures listen. */
  loadWaitingImage(): void {
    const { 'waiting-image': address, 'waiting-image-hash': md5 } = this.#attributes
    this.#options.waitingImage.want({ address, md5 })
  }

  submit(request: CommandRequest): Promise<CommandReply> {
    const method = request.method.slice(0, 64)
    if (this.#stopped) return Promise.resolve({ ...refuse('stopping'), method })
    return this.#queue.run(method, async () => {
      const answer = this.#stopped ? refuse('stopping') : await this.#execute(request)
      return { ...answer, method }
    })
  }

  state(): BoxState {
    const { picture, encoder } = this.#capture.facts
    return {
      state: stateName(this.#session),
      since: this.#since,
      code: this.#teller.lastCode,
      attempt: attemptOf(this.#session),
      camera: this.#attributes['device-position'],
      muted: this.#attributes.muted || !this.#attributes['enable-mic'],
      encoder,
      width: picture.width,
      height: picture.height,
      fps: picture.fps,
      url: String(this.#url ?? publicAttributes(this.#attributes).url),
      session: this.#sessions,
      version: this.#options.version,
    }
  }

  attributes(): Readonly<Record<string, unknown>> {
    return publicAttributes(this.#attributes)
  }

  on<Name extends keyof BoxEvents>(name: Name, listener: (payload: BoxEvents[Name]) => void): () => void {
    this.#events.on(name, listener)
    return () => this.#events.off(name, listener)
  }

  /** Passes a reading of the board, a pressed button and the like on to whoever listens. */
  relay<Name extends 'telemetry' | 'button'>(name: Name, payload: BoxEvents[Name]): void {
    this.#emit(name, payload)
  }

  /** Tells something that no code of the component describes. */
  notice(kind: string, message: string, cause?: Cause): void {
    this.#emit('notice', { kind, message, ...(cause ? { cause } : {}), time: Date.now() })
  }

  /** What is wrong with the box right now, in words; empty when nothing is. */
  complaints(): string[] {
    const shows = this.#expectsPicture()
    return [
      ...(this.#queue.stuckMs > this.#times.stuckMs ? ['a command does not end'] : []),
      ...(shows && this.#options.media.up && performance.now() - this.#framesAt > this.#times.frozenMs
        ? [`no frame was encoded for ${this.#times.frozenMs / 1000} s`]
        : []),
    ]
  }

  /** What shows beside the stream: whether a picture is to be expected, and whether it is to be flipped. */
  get preview(): Pick<PreviewView, 'picture' | 'mirrored'> {
    const { shows, slate, position, mirrored } = this.#capture.facts
    const flipped = isPreviewFlipped(this.#attributes['local-mirror'], position, mirrored)
    // Text on the slate is to be read.
    return { picture: this.#expectsPicture(), mirrored: shows && !slate && flipped }
  }

  /** The figures of the debug overlay (spec 10.9), with the state and the last 20 codes. */
  debug(cpu: DebugFigures['CPU'] = {}): DebugReport {
    const state = this.state()
    const { SPD, JIT, FPS, GOP, ARA, VRA, QUE, DRP, CAS } = this.#debugMeter.figures(this.#expectsPicture())
    const RES = `${state.width}x${state.height}`
    const SVR = this.#url?.host ?? ''
    return {
      enabled: this.#attributes.debug,
      ...{ CPU: cpu, RES, SPD, JIT, FPS, GOP, ARA, VRA, QUE, DRP, CAS, SVR },
      state,
      codes: this.#teller.recent,
    }
  }

  #expectsPicture(): boolean {
    return this.#session.at !== 'idle' && this.#capture.facts.shows
  }

  #emit<Name extends keyof BoxEvents>(name: Name, payload: BoxEvents[Name]): void {
    this.#events.emit(name, payload)
  }

  async #execute({ method, options, origin }: CommandRequest): Promise<Answer> {
    // setAttributes keeps null, which takes a run-time value back.
    if (method === 'setAttributes') return this.#setAttributes(options)
    const parsed = parseCommand(method, options)
    if (!parsed.ok) {
      if (method === 'playBGM' && parsed.problems?.some(({ path }) => path === 'url'))
        this.#tell(10003, { kind: 'music-url-illegal' })
      return parsed
    }
    const { command } = parsed
    const rule = callOrder[phaseOf(this.#session)][command.method]
    if (rule === 'fail')
      return refuse('notAllowed', `${command.method} is not possible while ${stateName(this.#session)}`)
    if (rule === 'ok') return done({ note: `nothing to do while ${stateName(this.#session)}` })
    return this.#perform(command, origin)
  }

  async #perform(command: Command, origin: CommandRequest['origin']): Promise<Answer> {
    switch (command.method) {
      case 'start':
        return this.#start(origin)
      case 'stop':
      case 'pause':
      case 'resume':
        this.#dispatch({ type: command.method })
        return done()
      case 'enterBackground':
        this.#dispatch({ type: 'background' })
        return done()
      case 'exitBackground':
        this.#dispatch({ type: 'resume' })
        return done()
      case 'startPreview':
        return this.#startPreview()
      case 'stopPreview':
        this.#dispatch({ type: 'stop-preview' })
        return done()
      case 'switchCamera':
        return this.#switchCamera()
      case 'snapshot':
        return this.#snapshot(command)
      case 'sendMessage':
        return this.#sendMessage(command.msg)
      case 'setMICVolume':
        this.#capture.setMicVolume(command.volume)
        return done()
      case 'toggleTorch':
        return this.#toggleTorch()
      case 'getMaxZoom':
        return done({ maxZoom: String(await this.#capture.maxZoom()) })
      case 'setZoom':
        return this.#setZoom(command.zoom)
      case 'setBGMVolume':
        this.#capture.setMusicVolume(command.volume)
        return done()
      case 'playBGM':
        return this.#playMusic(command)
      case 'pauseBGM':
      case 'resumeBGM':
        return this.#music.pause(command.method === 'pauseBGM') ? done() : refuse('notAllowed', noMusic)
      case 'stopBGM':
        return this.#music.stop() ? done() : refuse('notAllowed', noMusic)
      case 'setAttributes':
        return this.#setAttributes(command.values)
    }
  }

  async #startPreview(): Promise<Answer> {
    const found = await this.#options.devices.camera(
      this.#attributes['device-position'],
      this.#capture.facts.picture,
    )
    if ('missing' in found) {
      this.#tell(-1301, found.missing)
      return refuse('deviceFailure', `the camera can't be opened: ${found.missing.kind}`)
    }
    this.#dispatch({ type: 'start-preview' })
    return done()
  }

  #start(origin: CommandRequest['origin'], paused = false): Answer {
    const text = this.#attributes.url || this.#options.defaultUrl()
    const parsed = parsePushUrl(text)
    if (!parsed.ok) {
      this.#tell(-1313, { kind: text === '' ? 'url-missing' : 'url-illegal', detail: parsed.problem, origin })
      return refuse('illegalUrl', `url ${parsed.problem}`, [{ path: 'url', message: parsed.problem }])
    }
    this.#url = parsed.url
    this.#dispatch({ type: 'start', paused })
    return done()
  }

  async #switchCamera(): Promise<Answer> {
    const other = this.#attributes['device-position'] === 'front' ? 'back' : 'front'
    const missing = await this.#missingCamera(other)
    if (missing) return refuse('deviceFailure', missing)
    const layers = {
      ...this.#layers,
      changed: { ...this.#layers.changed, 'device-position': other } as const,
    }
    await this.#takeOver(layers)
    await this.#options.store.save(layers.changed).catch((error: unknown) => this.#storageFailed(error))
    return done({ camera: other })
  }

  /** Why there is no such camera; undefined when there is one. Who has one camera keeps it. */
  async #missingCamera(position: Attributes['device-position']): Promise<string | undefined> {
    if (this.#capture.isOpen(position)) return undefined
    const found = await this.#options.devices.camera(position, this.#capture.facts.picture)
    return 'missing' in found ? `there is no ${position} camera: ${found.missing.kind}` : undefined
  }

  async #snapshot({ quality, sourceType }: Extract<Command, { method: 'snapshot' }>): Promise<Answer> {
    let still: Awaited<ReturnType<Media['snapshot']>>
    try {
      const flipped = sourceType === 'view' && this.preview.mirrored
      still = await this.#options.media.snapshot(jpegQuality[quality], flipped)
    } catch (error) {
      return refuse('mediaFailure', `no picture: ${reasonOf(error)}`)
    }
    try {
      const info = await this.#options.snapshots.save({ ...still, time: Date.now() })
      this.#emit('snapshot', info)
      this.#emit('snapshotImage', still.image)
      return done({
        ...info,
        tempImagePath: info.path,
        width: String(info.width),
        height: String(info.height),
      })
    } catch (error) {
      return refuse('storageFailure', `the picture could not be stored: ${reasonOf(error)}`)
    }
  }

  async #toggleTorch(): Promise<Answer> {
    if (!this.#torch) return refuse('unsupported', 'no torch configured')
    if (this.#attributes['device-position'] === 'front')
      return refuse('notAllowed', 'the torch belongs to the back camera, and the front one is in use')
    if (!this.#attributes['enable-camera']) return refuse('notAllowed', 'the camera is off')
    try {
      return done({ on: await this.#torch.toggle() })
    } catch (error) {
      const { kind, detail } = causeOf(error)
      return refuse('deviceFailure', `the torch can't be switched: ${kind}, ${String(detail)}`)
    }
  }

  async #setZoom(zoom: number): Promise<Answer> {
    const max = await this.#capture.maxZoom()
    if (zoom > max) {
      const message = `must be a number from 1 to ${max} in steps of 0.1`
      return refuse('badInput', `zoom ${message}`, [{ path: 'zoom', message }])
    }
    this.#capture.setZoom(zoom)
    return done({ zoom })
  }

  async #playMusic({
    url,
    startTimeMs,
    endTimeMs,
  }: Extract<Command, { method: 'playBGM' }>): Promise<Answer> {
    if (this.#capture.takesMusic === false)
      return refuse('unsupported', "no music here: GStreamer's audiomixer or level is missing")
    await this.#capture.takeMusic()
    const outcome = await this.#music.play(url, { startMs: startTimeMs, endMs: endTimeMs })
    if (outcome.at === 'failed')
      return refuse('musicFailed', `the music can't be played: ${outcome.cause.kind}`)
    return done(outcome.at === 'playing' ? {} : { note: 'it is being loaded; bgmstart tells when it plays' })
  }

  #sendMessage(text: string): Answer {
    const now = performance.now()
    this.#messagesAt = this.#messagesAt.filter((at) => now - at < 1000)
    if (this.#messagesAt.length >= maxMessagesPerSecond)
      return refuse('busy', `no more than ${maxMessagesPerSecond} messages in a second`)
    this.#messagesAt.push(now)
    this.#options.media.send({ type: 'message', text: Buffer.from(text, 'utf8') })
    return done()
  }

  async #setAttributes(options: unknown): Promise<Answer> {
    const change = changeAttributes(this.#layers, options)
    if (!change.ok) {
      const refused = refuseAttributes(change.problems)
      if (refused.errCode === -1313) this.#tell(-1313, { kind: 'url-illegal' })
      return refused
    }
    const position = change.effective['device-position']
    if (position !== this.#attributes['device-position']) {
      const message = await this.#missingCamera(position)
      if (message) return refuse('deviceFailure', message, [{ path: 'device-position', message }])
    }
    try {
      await this.#options.store.save(change.changed)
    } catch (error) {
      return refuse('storageFailure', `nothing was changed: ${reasonOf(error)}`)
    }
    const before = this.#attributes
    const changed = attributeNames.filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(change.effective[name]),
    )
    if (change.named.includes('zoom')) this.#capture.forgetZoom()
    await this.#takeOver({ ...this.#layers, changed: change.changed })
    const restarted = changed.some((name) => this.#took(name) === 'new session')
    if (restarted) this.#newSession()
    if (changed.includes('autopush') || changed.includes('url')) this.#autopush()
    const shown = publicAttributes(this.#attributes)
    return done({
      changed: Object.fromEntries(
        changed.map((name) => {
          const note = effectNote(name) ?? this.#capture.lack(name)
          return [name, { value: shown[name], took: this.#took(name), ...(note ? { note } : {}) }]
        }),
      ),
    })
  }

  #took(name: AttributeName): string {
    if (this.#session.at === 'idle') return 'stored'
    const { applies, effect } = entryOf(name)
    if (name === 'autopush' || effect !== 'works') return 'stored'
    return applies === 'encoder' ? 'encoder restart' : applies === 'session' ? 'new session' : applies
  }

  async #takeOver(layers: AttributeLayers): Promise<void> {
    this.#layers = layers
    this.#attributes = effectiveAttributes(layers)
    this.loadWaitingImage()
    if (this.#attributes['device-position'] === 'front' || !this.#attributes['enable-camera'])
      void this.#torch?.off()
    await this.#capture.apply(captureAttributes(layers))
    this.#emit('attributes', this.attributes())
    this.#publishState()
  }

  /** A new address or sound format: a new RTMP session at once, when one is on or wanted. */
  #newSession(): void {
    if (isOff(this.#session)) return
    const parsed = parsePushUrl(this.#attributes.url || this.#options.defaultUrl())
    if (!parsed.ok) {
      this.#dispatch({ type: 'stop' })
      this.#tell(-1313, { kind: 'url-missing' })
      return
    }
    this.#url = parsed.url
    this.#dispatch({ type: 'restart' })
  }

  #autopush(): void {
    if (this.#attributes.autopush && this.#attributes.url !== '' && isOff(this.#session))
      this.#start('config')
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
        return this.#count(message.counters)
      case 'music':
        return this.#music.onEvent(message.piece, message.event)
      case 'level':
        return this.#emit('audiovolumenotify', { volume: volumeOf(message.rmsDb) })
      case 'output': {
        const { connection, event, cause } = message
        if (connection === this.#connections) this.#outage.pause()
        if (event === 'lost')
          this.#dispatch({ type: 'lost', connection, cause: cause ?? { kind: 'output-failed' } })
        else this.#dispatch({ type: event, connection })
        return
      }
      case 'hello':
      case 'snapshot':
    }
  }

  #count(counters: EngineCounters): void {
    this.#debugMeter.take(counters)
    const advanced = this.#netStatus.count(counters, this.#capture.facts.picture, !isOff(this.#session))
    if (advanced || !this.#expectsPicture()) this.#framesAt = performance.now()
  }

  #tellNetStatus(): void {
    const at = this.#session.at
    if (at !== 'pushing' && at !== 'paused' && at !== 'reconnecting') return this.#netStatus.restart()
    const connection =
      at === 'reconnecting' ? 'down' : at === 'paused' || this.#capture.facts.slate ? 'slate' : 'up'
    const info = this.#netStatus.next(connection)
    if (info) this.#emit('netstatus', { info })
  }

  #dispatch(event: SessionEvent): void {
    if (this.#stopped) return
    const before = this.#session
    const [session, effects] = next(before, event, this.#options.policy, this.#options.media.up)
    this.#session = session
    if (stateName(before) !== stateName(session)) this.#since = Date.now()
    for (const effect of effects) this.#run(effect)
    const isTold = effects.some((effect) => effect.do === 'remember')
    if (!isTold && isPaused(before) !== isPaused(session)) this.#remember(true)
    if (isOff(session)) this.#outage.stop()
    this.#publishState()
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case 'connect':
        return this.#connect()
      case 'disconnect':
        clearTimeout(this.#stableTimer)
        return this.#options.media.send({ type: 'disconnect' })
      case 'emit':
        if (effect.code === 1002) this.#began()
        return this.#tell(effect.code, effect.cause)
      case 'notice':
        return this.notice(effect.kind, effect.message)
      case 'wait':
        return this.#outage.wait(effect.ms, effect.probe ? this.#url : undefined)
      case 'stop-waiting':
        return this.#outage.pause()
      case 'await-stable':
        this.#outage.stop()
        clearTimeout(this.#stableTimer)
        this.#stableTimer = setTimeout(() => this.#dispatch({ type: 'stable' }), this.#times.stableMs)
        return
      case 'limit-pause':
        clearTimeout(this.#pauseTimer)
        this.#pauseTimer = setTimeout(
          () => this.#dispatch({ type: 'pause-expired' }),
          effect.as === 'background' ? this.#options.backgroundLimitMs : this.#options.pauseLimitMs,
        )
        return
      case 'capture':
        if (effect.want !== 'slate') clearTimeout(this.#pauseTimer)
        if (effect.want !== 'camera') void this.#torch?.off()
        if (effect.want === 'nothing') this.#music.stop()
        void this.#capture.want(effect.want)
        return
      case 'remember':
        return this.#remember(effect.pushing)
    }
  }

  #remember(pushing: boolean): void {
    const paused = pushing && isPaused(this.#session)
    void this.#options.memory
      .save({ pushing, paused, since: Date.now() })
      .catch((error: unknown) => this.#storageFailed(error))
  }

  #connect(): void {
    const url = this.#url
    if (!url) return
    this.#connections += 1
    this.#session = withConnection(this.#session, this.#connections)
    this.#options.media.send({
      type: 'connect',
      connection: this.#connections,
      destination: { url: url.reveal(), host: url.host, port: url.port, tls: url.scheme === 'rtmps' },
      limits: { connectMs, publishMs, stallMs, queueMs: encoderProfile(this.#attributes.mode).queueLimitMs },
    })
    this.#outage.watch(url)
  }

  /** What was encoded before was not to be sent: it counts in no period. */
  #began(): void {
    this.#sessions += 1
    this.#netStatus.restart()
    this.#netStatusTimer?.refresh()
  }

  #commandFailed(method: string, error: unknown): void {
    this.notice('internal-fault', `The command ${method} failed inside the box: ${reasonOf(error)}`)
  }

  /** A session without a picture is none: it failed, until a start or a new media process asks for encoders again. */
  #cannotEncode(cause: Cause): void {
    if (this.#session.at === 'idle' || this.#session.at === 'preview') return this.#tell(-1303, cause)
    this.#options.media.send({ type: 'disconnect' })
    this.#dispatch({ type: 'media-failed', cause })
  }

  #storageFailed(error: unknown): void {
    this.notice('storage-failed', `The state could not be stored: ${reasonOf(error)}`)
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

type Answer = { readonly ok: true; readonly result: Readonly<Record<string, unknown>> } | Refused

const done = (result: Readonly<Record<string, unknown>> = {}): Answer => ({
  ok: true,
  result: { errMsg: okMessage, ...result },
})

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Loudness as the component tells it: 0 from -60 dB down, 100 at full scale, in steps that an ear hears as equal. */
const volumeOf = (rmsDb: number): number => Math.round(Math.min(1, Math.max(0, 1 + rmsDb / 60)) * 100)
