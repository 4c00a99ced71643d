/**
 * Which look the media process shall show, where it is computed, and what became of it. A GPU whose driver ended the
 * process is not asked again; what can't be shown is told, and the picture goes on without it.
 */
import { type EffectPlace, lookLack, lookOf } from '../../media/graph/looks.js'
import type { FromEngine, ToEngine } from '../../media/protocol.js'
import type { Attributes } from '../../pusher/attributes.js'
import type { Cause } from '../../pusher/events.js'

type Told = Extract<FromEngine, { type: 'look' }>

export class PictureLooks {
  #configured: EffectPlace
  #send: (message: ToEngine) => void
  #notice: (kind: string, message: string, cause?: Cause) => void
  #attributes: Attributes
  #sent = 'null'
  /** the place that is being tried: should the process die now, it was the driver */
  #trying: Told['place'] | undefined
  #gpuEndedProcess = false
  /** why nothing can be shown */
  #lack: string | undefined
  #told = new Set<string>()

  constructor(
    configured: EffectPlace,
    attributes: Attributes,
    send: (message: ToEngine) => void,
    notice: (kind: string, message: string, cause?: Cause) => void,
  ) {
    this.#configured = configured
    this.#attributes = attributes
    this.#send = send
    this.#notice = notice
    if (configured === 'off') this.#lack = 'effects are switched off (media.effects)'
  }

  /** Whether lanes need a stage for looks. */
  get possible(): boolean {
    return this.#place !== 'off'
  }

  apply(attributes: Attributes): void {
    this.#attributes = attributes
    const look = lookOf(attributes) ?? null
    const text = JSON.stringify(look)
    if (text === this.#sent || !this.possible) return
    this.#sent = text
    this.#send({ type: 'look', look, place: this.#place })
  }

  /** Before it is told what to run: a look that was on is on from the first picture. */
  mediaUp(): void {
    this.#sent = 'null'
    this.apply(this.#attributes)
  }

  mediaDown(): void {
    if (this.#trying === 'gpu') {
      this.#gpuEndedProcess = true
      if (this.#configured === 'gpu') this.#lack = "the GPU's driver ended the media process"
      this.#tell('effects-gpu-failed', 'The GPU ended the media process: it computes no more effects.')
    }
    this.#trying = undefined
  }

  on({ event, place, cause }: Told): void {
    this.#trying = event === 'trying' ? place : undefined
    if (event === 'works') this.#lack = undefined
    if (event === 'slow')
      this.#tell('effects-slow', `The ${nameOf[place]} is too slow for these effects: pictures are left out.`)
    if (event !== 'failed') return
    const last = this.#place !== 'auto' || place === 'cpu'
    if (last) this.#lack = `the ${nameOf[place]} can't compute effects (${cause?.kind ?? 'unknown'})`
    const instead = last ? 'there are no effects' : 'the CPU computes effects'
    this.#tell(`effects-${place}-failed`, `The ${nameOf[place]} can't compute effects: ${instead}.`, cause)
  }

  /** Why the value of an attribute has no effect on this system, as far as that is known. */
  lack(name: string): string | undefined {
    return lookLack(name, this.#attributes, this.#lack)
  }

  get #place(): EffectPlace {
    if (!this.#gpuEndedProcess) return this.#configured
    return this.#configured === 'gpu' ? 'off' : this.#configured === 'auto' ? 'cpu' : this.#configured
  }

  /** Once per kind. */
  #tell(kind: string, message: string, cause?: Cause): void {
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    this.#notice(kind, message, cause)
  }
}

const nameOf = { gpu: 'GPU', cpu: 'CPU' } as const
