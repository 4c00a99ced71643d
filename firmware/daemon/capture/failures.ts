/**
 * What becomes of a pipeline that failed: whose fault it was, what is told of it, and when it is tried again. A camera
 * that can't be shown is replaced by the slate, a microphone by silence, an encoder by the next one. A failure is told
 * once until it is over.
 */
import type { LaneFailure } from '../../media/protocol.js'
import type { StatusCode } from '../../pusher/codes.js'
import type { Cause } from '../../pusher/events.js'
import type { CaptureReport, WaitingPicture } from './capture-ports.js'
import { type EncoderTrials, isHardware, rateFormat, sizeFormat } from './encoder-trials.js'
import { deviceName, isDevice, type Position, type Run, type Track } from './lane-state.js'
import type { Lanes } from './lanes.js'

export interface FailuresWorld {
  readonly lanes: Lanes
  readonly trials: EncoderTrials
  readonly report: Pick<CaptureReport, 'code' | 'notice'>
  readonly waitingImage: WaitingPicture | undefined
  holder(device: string): Promise<string | undefined>
  /** which camera is wanted */
  position(): Position
  replan(): void
}

export class Failures {
  #world: FailuresWorld
  #reopenMs: number
  #told = new Set<string>()

  /** @param reopenMs a lost device is asked again after this */
  constructor(world: FailuresWorld, reopenMs: number) {
    this.#world = world
    this.#reopenMs = reopenMs
  }

  /** Whether that was not told yet; it is from now on. What begins with a track's name is over with its failure. */
  isNew(key: string): boolean {
    if (this.#told.has(key)) return false
    this.#told.add(key)
    return true
  }

  /** A failure is told once until it is over. */
  tell(track: Track, code: StatusCode, cause: Cause): void {
    if (this.isNew(`${track} ${code}`)) this.#world.report.code(code, cause)
  }

  /** A new wish deserves a fresh try of every device, and a fresh word when it fails. */
  forgive(): void {
    this.#world.lanes.askDevicesAgain()
    this.#told.clear()
  }

  /** When there is none still, that is to be told again. */
  askEncodersAgain(): void {
    for (const key of ['video -1303', 'audio -1304']) this.#told.delete(key)
  }

  recovered(track: Track): void {
    this.#world.lanes[track].failure = undefined
    for (const key of [...this.#told]) if (key.startsWith(track)) this.#told.delete(key)
  }

  failed(track: Track, run: Run, failure: LaneFailure): void {
    const wasLive = this.#world.lanes.lost(track, run)
    // A made picture fits whatever the encoder takes: when caps don't agree, it is the encoder that refuses. What
    // stands for a device can't be lost either: when it doesn't come, the encoder hangs.
    const refused = failure.kind === 'format-unsupported' && deviceName(run.source) === undefined
    // The neutral slate takes over; when it is the encoder after all, that fails too.
    if (run.source.kind === 'image') this.#world.waitingImage?.unshowable(run.source.file, failure)
    else if (failure.part === 'encoder' || refused || !isDevice(run))
      this.#encoderFailed(track, run, failure, wasLive)
    else this.#deviceFailed(track, run, failure)
    this.#world.replan()
  }

  /** The slate or silence takes over; the device is tried again until it is back. */
  deviceMissing(track: Track, cause: Cause): void {
    if (cause.kind === 'device-busy') void this.#tellBusy(track, cause)
    else this.tell(track, lossCode(track, cause), cause)
    if (cause.kind === 'device-denied') this.tell(track, track === 'video' ? 10001 : 10002, cause)
    this.#retryLater(track, cause)
  }

  /** A device has come: what is waited for may be it. */
  devicesChanged(): void {
    const { lanes, replan } = this.#world
    for (const track of ['video', 'audio'] as const)
      if (lanes[track].failure && lanes[track].retry) {
        clearTimeout(lanes[track].retry)
        lanes[track].failure = undefined
        replan()
      }
  }

  /** Whoever has it now may be gone by the time that somebody looks: it is told by name. */
  async #tellBusy(track: Track, cause: Cause): Promise<void> {
    const code = lossCode(track, cause)
    if (this.#told.has(`${track} ${code}`)) return
    const holder = await this.#world.holder(String(cause.device))
    this.tell(track, code, holder === undefined ? cause : { ...cause, holder })
  }

  #encoderFailed(track: Track, run: Run, failure: LaneFailure, wasLive: boolean): void {
    const { trials, report } = this.#world
    const { encoder } = run
    const cause = { ...failure, encoder }
    if (failure.kind === 'format-unsupported') return this.#formatRefused(track, run, cause)
    const hardware = isHardware(encoder)
    const atMs = performance.now()
    const workedUntilMs = wasLive ? atMs : run.askedAtMs
    const again = trials.failed(encoder, { atMs, workedUntilMs, hardware })
    if (track === 'video') report.code(hardware ? 1103 : again ? 1104 : -1303, cause)
    // The component has no code for a sound encoder that is restarted.
    else if (again) report.notice('audio-encoder-restarted', 'The sound encoder was restarted.', cause)
    else report.code(-1304, cause)
  }

  /** Another encoder may take it; with none left, that is told by its own code. */
  #formatRefused(track: Track, { encoder, spec }: Run, cause: Cause): void {
    const { trials, report } = this.#world
    const { width = 0, height = 0, sampleRate = 0 } = spec.facts
    trials.refuses(encoder, track === 'video' ? sizeFormat({ width, height }) : rateFormat(sampleRate))
    if (track === 'video') report.code(-1305, { ...cause, width, height })
    else report.code(-1306, { ...cause, sampleRate })
  }

  #deviceFailed(track: Track, run: Run, failure: LaneFailure): void {
    if (failure.kind === 'clip-without-sound') {
      // Nothing failed: the clip is silent, and will be when it is asked again.
      this.#world.lanes[track].failure = failure
      return
    }
    // Switched to the other camera meanwhile: nobody waits for this one.
    if (track === 'video' && run.position !== this.#world.position()) return
    const { part: _, ...cause } = failure
    const device = deviceName(run.source)
    this.deviceMissing(track, {
      ...cause,
      ...(device === undefined ? {} : { device }),
      ...(track === 'video' ? { position: run.position } : {}),
    })
  }

  #retryLater(track: Track, cause: Cause): void {
    const lane = this.#world.lanes[track]
    lane.failure = cause
    clearTimeout(lane.retry)
    lane.retry = setTimeout(() => {
      lane.failure = undefined
      this.#world.replan()
    }, this.#reopenMs)
  }
}

const lossCode = (track: Track, { kind }: Cause): StatusCode => {
  if (track === 'audio') return kind === 'no-frames' ? -1311 : -1302
  return kind === 'format-unsupported' ? -1305 : -1301
}
