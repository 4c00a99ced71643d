/** Time that a test makes: nothing happens until it says how much goes by. */
export class MadeClock {
  #nowMs = 0
  #waiting: { readonly atMs: number; readonly run: () => void }[] = []

  readonly now = (): number => this.#nowMs

  readonly after = (ms: number, run: () => void): (() => void) => {
    const entry = { atMs: this.#nowMs + ms, run }
    this.#waiting.push(entry)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry)
    }
  }

  /** Everything that was asked for happens at its time; promises that hang on it are settled. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const [next] = this.#waiting.toSorted((a, b) => a.atMs - b.atMs)
      if (!next || next.atMs > untilMs) break
      this.#waiting = this.#waiting.filter((entry) => entry !== next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
    }
    this.#nowMs = untilMs
    await new Promise((resolve) => setImmediate(resolve))
  }
}
