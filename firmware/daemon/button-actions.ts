/** What a gesture on a button comes to: an event for whoever listens, and the same command that MQTT would send. */
import { type ButtonActions, type ButtonName, requestOf } from '../pusher/buttons.js'
import type { Box, ButtonEvent, CommandReply } from '../pusher/events.js'

export interface ButtonActionsOptions {
  readonly box: Pick<Box, 'submit' | 'state' | 'attributes'>
  readonly actions: Readonly<Record<ButtonName, ButtonActions>>
  /** Publishes the event. */
  readonly tell: (event: ButtonEvent) => void
  /** A command was refused: nobody waits for a button's reply. */
  readonly refused: (event: ButtonEvent, reply: Extract<CommandReply, { ok: false }>) => void
}

export class ButtonCommands {
  readonly #options: ButtonActionsOptions
  /** one after the other: a toggle must see what the one before it did */
  #last: Promise<void> = Promise.resolve()

  constructor(options: ButtonActionsOptions) {
    this.#options = options
  }

  on(event: ButtonEvent): void {
    this.#options.tell(event)
    this.#last = this.#last.then(() => this.#perform(event))
  }

  async #perform(event: ButtonEvent): Promise<void> {
    const { actions, refused } = this.#options
    const action = actions[event.button as ButtonName]?.[event.gesture] ?? 'none'
    const reply = await this.#submit(action)
    if (reply?.ok === false) return refused(event, reply)
    // While it connects, only the reply tells that it is paused already.
    const wasPaused = action === 'pauseResume' && reply?.method === 'pause' && 'note' in reply.result
    const second = wasPaused ? await this.#submit('resume') : undefined
    if (second?.ok === false) refused(event, second)
  }

  async #submit(action: ButtonActions['press']): Promise<CommandReply | undefined> {
    const { box } = this.#options
    const request = requestOf(action, { state: box.state().state, muted: box.attributes().muted === true })
    return request && box.submit(request)
  }
}
