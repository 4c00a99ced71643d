/** The part of AVA's `t` that set-up functions need, so that benches can use them too. */
export interface Teardown {
  teardown(undo: () => unknown): void
}
