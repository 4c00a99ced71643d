import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cause } from '../../firmware/pusher/events.js'

const startDeadlineMs = 10_000
const stopDeadlineMs = 2_000
/** Enough for node-media-server with a group of pictures in its cache; measured use is about half. */
const heapLimitMb = 96
const keptOutputCharacters = 2_000

export interface RtmpServerPorts {
  readonly rtmpPort: number
  readonly httpPort: number
}

export interface LocalRtmpServerOptions {
  /** preferred port; 0, or one that is taken, gives a free one */
  readonly rtmpPort: number
  /** preferred port for HTTP-FLV; a free one when not given */
  readonly httpPort?: number
  /** The running server ended without `stop()`; whether to start it again is the owner's choice. */
  readonly onExit: (cause: Cause) => void
}

interface Running {
  readonly child: ChildProcess
  readonly folder: string
  readonly ports: Promise<RtmpServerPorts>
}

const isPorts = (message: unknown): message is RtmpServerPorts =>
  typeof message === 'object' && message !== null && 'rtmpPort' in message && 'httpPort' in message

const keepLastOutput = (child: ChildProcess): (() => string) => {
  let kept = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-keptOutputCharacters)
    })
  }
  return () => kept.trim()
}

/**
 * An RTMP server on 127.0.0.1 for whoever has none: publish to `rtmp://127.0.0.1:<rtmpPort>/live/<name>`,
 * watch there or at `http://127.0.0.1:<httpPort>/live/<name>.flv`; names of letters, digits, `_` and `-`.
 * It lives in a child process with a temporary folder; both go with `stop()` and when this process dies.
 */
export class LocalRtmpServer {
  readonly #options: LocalRtmpServerOptions
  #running: Running | undefined

  constructor(options: LocalRtmpServerOptions) {
    this.#options = options
  }

  /** Process id of the server while it runs, for whoever accounts for memory and CPU. */
  get pid(): number | undefined {
    return this.#running?.child.pid
  }

  /**
   * Resolves with the real ports once both accept connections; a second call gives the same answer.
   * Rejects with `kind` `rtmp-server-start` when that takes over 10 s or the child ends before.
   */
  async start(signal: AbortSignal): Promise<RtmpServerPorts> {
    signal.throwIfAborted()
    if (this.#running) return this.#running.ports
    const folder = mkdtempSync(join(tmpdir(), 'live-pusher-rtmp-'))
    const { rtmpPort, httpPort = 0 } = this.#options
    const child = fork(
      fileURLToPath(new URL('./child.js', import.meta.url)),
      [folder, String(rtmpPort), String(httpPort)],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        execArgv: [`--max-old-space-size=${heapLimitMb}`],
        env: {},
      },
    )
    const running = { child, folder, ports: this.#ready(child, signal) }
    this.#running = running
    try {
      return await running.ports
    } catch (error) {
      await this.#end(running)
      throw error
    }
  }

  /** Ends the child (SIGKILL after 2 s) and removes its folder; nothing to do when it does not run. */
  async stop(): Promise<void> {
    if (this.#running) await this.#end(this.#running)
  }

  #ready(child: ChildProcess, signal: AbortSignal): Promise<RtmpServerPorts> {
    const output = keepLastOutput(child)
    return new Promise((resolve, reject) => {
      let ready = false
      const refuse = (reason: string): void => {
        reject(Object.assign(new Error(`local RTMP server: ${reason}`), { kind: 'rtmp-server-start' }))
      }
      const deadline = setTimeout(() => refuse(`no answer within ${startDeadlineMs} ms`), startDeadlineMs)
      const abort = (): void => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      const settle = (): void => {
        clearTimeout(deadline)
        signal.removeEventListener('abort', abort)
      }
      child.on('message', (message) => {
        if (!isPorts(message)) return
        ready = true
        settle()
        resolve(message)
      })
      child.once('error', (error) => refuse(error.message))
      child.once('exit', (code, exitSignal) => {
        settle()
        const how = exitSignal ?? `exit code ${code}`
        refuse(`ended with ${how}: ${output()}`)
        if (ready) void this.#lost(child, how, output())
      })
    })
  }

  async #lost(child: ChildProcess, how: string, output: string): Promise<void> {
    const running = this.#running
    if (running?.child !== child) return
    this.#running = undefined
    await rm(running.folder, { recursive: true, force: true })
    this.#options.onExit({ kind: 'rtmp-server-exit', how, output })
  }

  async #end(running: Running): Promise<void> {
    if (this.#running === running) this.#running = undefined
    const { child, folder } = running
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      const kill = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs)
      if (child.connected) child.disconnect()
      else child.kill('SIGKILL')
      await exited
      clearTimeout(kill)
    }
    await rm(folder, { recursive: true, force: true })
  }
}
