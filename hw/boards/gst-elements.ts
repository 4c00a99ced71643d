/** Whether GStreamer has an element, by asking its own tool: the daemon loads no media code. */
import { execFile } from 'node:child_process'

export type ElementAnswer = 'present' | 'absent' | 'tool-missing' | 'no-answer'

/** Asks for one element by name. */
export type HasElement = (name: string) => Promise<ElementAnswer>

export interface GstElementsOptions {
  readonly signal?: AbortSignal
  /** ms; the first call after an installation scans every plugin, which takes long on a small board */
  readonly deadlineMs?: number
  readonly command?: string
}

/** Never rejects. */
export function gstElements({
  signal,
  deadlineMs = 30_000,
  command = 'gst-inspect-1.0',
}: GstElementsOptions = {}): HasElement {
  return (name) => {
    // Names come from our own tables; a guard against one that would be an option.
    if (!/^[a-z0-9][a-z0-9_-]*$/i.test(name)) return Promise.resolve('absent')
    return new Promise((resolve) => {
      const options = { timeout: deadlineMs, killSignal: 'SIGKILL', ...(signal ? { signal } : {}) } as const
      execFile(command, ['--exists', name], options, (error) => {
        if (error === null) resolve('present')
        else if (error.code === 'ENOENT') resolve('tool-missing')
        else resolve(error.killed || error.name === 'AbortError' ? 'no-answer' : 'absent')
      })
    })
  }
}
