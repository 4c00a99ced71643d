/** What each method of the component does here, once it is known to be allowed where the session stands. */
import type { StatusCode } from '../pusher/codes.js'
import { type Command, callOrder, maxMessagesPerSecond, parseCommand, refuse } from '../pusher/context.js'
import type { BoxEvents, Cause, CommandRequest } from '../pusher/events.js'
import { phaseOf, stateName } from '../pusher/session.js'
import { type Answer, done, reasonOf } from './answer.js'
import type { BoxAttributes } from './box-attributes.js'
import type { Capture } from './capture/capture.js'
import type { LivePusherOptions, Media } from './live-pusher-options.js'
import type { Music } from './music/music.js'
import type { SessionRunner } from './session/session-runner.js'
import { causeOf, type TorchSwitch } from './torch-switch.js'

const noMusic = 'no background music plays'
const jpegQuality = { raw: 95, compressed: 75 } as const

export interface CommandsWorld extends Pick<LivePusherOptions, 'media' | 'devices' | 'snapshots'> {
  readonly attributes: BoxAttributes
  readonly capture: Capture
  readonly music: Music
  readonly runner: SessionRunner
  readonly torch: TorchSwitch | undefined
  /** whether the preview shows its picture the other way round */
  mirrored(): boolean
  tell(code: StatusCode, cause: Cause): void
  emit<Name extends 'snapshot' | 'snapshotImage'>(name: Name, payload: BoxEvents[Name]): void
}

export class Commands {
  #world: CommandsWorld
  /** when messages were sent within the last second */
  #messagesAt: number[] = []

  constructor(world: CommandsWorld) {
    this.#world = world
  }

  async execute({ method, options, origin }: CommandRequest): Promise<Answer> {
    const { attributes, runner } = this.#world
    // setAttributes keeps null, which takes a run-time value back.
    if (method === 'setAttributes') return attributes.set(options)
    const parsed = parseCommand(method, options)
    if (!parsed.ok) {
      if (method === 'playBGM' && parsed.problems?.some(({ path }) => path === 'url'))
        this.#world.tell(10003, { kind: 'music-url-illegal' })
      return parsed
    }
    const { command } = parsed
    const state = stateName(runner.session)
    const rule = callOrder[phaseOf(runner.session)][command.method]
    if (rule === 'fail') return refuse('notAllowed', `${command.method} is not possible while ${state}`)
    if (rule === 'ok') return done({ note: `nothing to do while ${state}` })
    return this.#perform(command, origin)
  }

  async #perform(command: Command, origin: CommandRequest['origin']): Promise<Answer> {
    const { attributes, capture, music, runner } = this.#world
    switch (command.method) {
      case 'start':
        return runner.start(origin) ?? done()
      case 'stop':
      case 'pause':
      case 'resume':
        runner.dispatch({ type: command.method })
        return done()
      case 'enterBackground':
        runner.dispatch({ type: 'background' })
        return done()
      case 'exitBackground':
        runner.dispatch({ type: 'resume' })
        return done()
      case 'startPreview':
        return this.#startPreview()
      case 'stopPreview':
        runner.dispatch({ type: 'stop-preview' })
        return done()
      case 'switchCamera':
        return attributes.switchCamera()
      case 'snapshot':
        return this.#snapshot(command)
      case 'sendMessage':
        return this.#sendMessage(command.msg)
      case 'setMICVolume':
        capture.setMicVolume(command.volume)
        return done()
      case 'toggleTorch':
        return this.#toggleTorch()
      case 'getMaxZoom':
        return done({ maxZoom: String(await capture.maxZoom()) })
      case 'setZoom':
        return this.#setZoom(command.zoom)
      case 'setBGMVolume':
        capture.setMusicVolume(command.volume)
        return done()
      case 'playBGM':
        return this.#playMusic(command)
      case 'pauseBGM':
      case 'resumeBGM':
        return music.pause(command.method === 'pauseBGM') ? done() : refuse('notAllowed', noMusic)
      case 'stopBGM':
        return music.stop() ? done() : refuse('notAllowed', noMusic)
      case 'setAttributes':
        return attributes.set(command.values)
    }
  }

  async #startPreview(): Promise<Answer> {
    const { attributes, capture, devices, runner } = this.#world
    const found = await devices.camera(attributes.values['device-position'], capture.facts.picture)
    if ('missing' in found) {
      this.#world.tell(-1301, found.missing)
      return refuse('deviceFailure', `the camera can't be opened: ${found.missing.kind}`)
    }
    runner.dispatch({ type: 'start-preview' })
    return done()
  }

  async #snapshot({ quality, sourceType }: Extract<Command, { method: 'snapshot' }>): Promise<Answer> {
    let still: Awaited<ReturnType<Media['snapshot']>>
    try {
      const flipped = sourceType === 'view' && this.#world.mirrored()
      still = await this.#world.media.snapshot(jpegQuality[quality], flipped)
    } catch (error) {
      return refuse('mediaFailure', `no picture: ${reasonOf(error)}`)
    }
    try {
      const info = await this.#world.snapshots.save({ ...still, time: Date.now() })
      this.#world.emit('snapshot', info)
      this.#world.emit('snapshotImage', still.image)
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
    const { attributes, torch } = this.#world
    if (!torch) return refuse('unsupported', 'no torch configured')
    if (attributes.values['device-position'] === 'front')
      return refuse('notAllowed', 'the torch belongs to the back camera, and the front one is in use')
    if (!attributes.values['enable-camera']) return refuse('notAllowed', 'the camera is off')
    try {
      return done({ on: await torch.toggle() })
    } catch (error) {
      const { kind, detail } = causeOf(error)
      return refuse('deviceFailure', `the torch can't be switched: ${kind}, ${String(detail)}`)
    }
  }

  async #setZoom(zoom: number): Promise<Answer> {
    const { capture } = this.#world
    const max = await capture.maxZoom()
    if (zoom > max) {
      const message = `must be a number from 1 to ${max} in steps of 0.1`
      return refuse('badInput', `zoom ${message}`, [{ path: 'zoom', message }])
    }
    capture.setZoom(zoom)
    return done({ zoom })
  }

  async #playMusic({
    url,
    startTimeMs,
    endTimeMs,
  }: Extract<Command, { method: 'playBGM' }>): Promise<Answer> {
    const { capture, music } = this.#world
    if (capture.takesMusic === false)
      return refuse('unsupported', "no music here: GStreamer's audiomixer or level is missing")
    await capture.takeMusic()
    const outcome = await music.play(url, { startMs: startTimeMs, endMs: endTimeMs })
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
    this.#world.media.send({ type: 'message', text: Buffer.from(text, 'utf8') })
    return done()
  }
}
