/**
 * What the rate controller in the media process decided, for the daemon: the picture that is really encoded, what the
 * phone is told, and what takes another encoder: a quicker preset on a machine that is too slow, and a new start with
 * another rate for an encoder that ignores changes.
 */
import { type VideoEncoder, videoEncoders } from '../../media/graph/encoders.js'
import type { Picture } from '../../media/graph/sources.js'
import type { FromEngine } from '../../media/protocol.js'
import type { StatusCode } from '../../pusher/codes.js'
import type { Cause } from '../../pusher/events.js'
import type { PictureStep } from '../../pusher/picture-steps.js'

type Decision = Extract<FromEngine, { type: 'rate' }>['decision']

export interface PaceReport {
  code(code: StatusCode, cause?: Cause): void
  notice(kind: string, message: string, cause?: Cause): void
}

const quickestPreset = 'ultrafast'

export class EncoderPace {
  #report: PaceReport
  #step: PictureStep | undefined
  #atMostKbps: number | undefined

  constructor(report: PaceReport) {
    this.#report = report
  }

  /** @returns whether the encoder has to be started anew for it */
  on({ targetKbps, step, events, disobeys }: Decision, encoder: VideoEncoder): boolean {
    const before = this.#step
    this.#step = step
    for (const { code, cause } of events) this.#report.code(code, cause)
    // A software encoder that makes more has a picture that does not fit into less.
    const restarts = disobeys !== undefined && videoEncoders[encoder].hardware
    if (restarts) {
      this.#atMostKbps = targetKbps
      this.#report.notice(
        'encoder-restarted',
        'The encoder ignored a change of its rate and was restarted.',
        {
          kind: 'encoder-disobeys',
          encoder,
          ...disobeys,
        },
      )
    }
    const slower = encoder === 'x264enc' && (before?.effort ?? 'normal') !== step.effort
    return restarts || slower
  }

  /** What is encoded of a picture of that size. */
  of(full: Picture): Picture {
    const step = this.#step
    if (!step || step.width > full.width || step.height > full.height) return full
    return { width: step.width, height: step.height, fps: Math.min(step.fps, full.fps) }
  }

  /** @param usual the board's or the configuration's */
  preset(usual: string): string {
    return this.#step?.effort === 'least' ? quickestPreset : usual
  }

  /** The rate to start an encoder with that takes no other; undefined: the highest that is allowed. */
  get atMostKbps(): number | undefined {
    return this.#atMostKbps
  }

  /** Another encoder, another camera, other limits: begin as if nothing had been said. */
  forget(): void {
    this.#step = undefined
    this.#atMostKbps = undefined
  }
}
