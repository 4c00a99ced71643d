/**
 * Watches that something stays true for so long, and rejects as soon as it doesn't: the proof that nothing happens,
 * for which there is no event to wait for. Keep `forMs` a little above the time in which it would happen.
 */
export const holds = async (
  isTrue: () => boolean,
  { what, forMs }: { readonly what: string; readonly forMs: number },
): Promise<void> => {
  const start = performance.now()
  while (performance.now() - start < forMs) {
    if (!isTrue()) throw new Error(`${what}: no longer after ${Math.round(performance.now() - start)} ms`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

const pollMs = 20
