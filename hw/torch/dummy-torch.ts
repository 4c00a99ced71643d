/** The torch of the dummy board: it remembers what a light would show. */
import type { Torch } from './torch.js'

export class DummyTorch implements Torch {
  readonly title = 'a torch that nobody sees'
  on = false

  async start(): Promise<void> {
    this.on = false
  }

  async set(on: boolean): Promise<void> {
    this.on = on
  }

  async stop(): Promise<void> {
    this.on = false
  }
}
