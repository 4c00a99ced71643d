import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loopback } from '../support/ports.js'
import type { Teardown } from '../support/teardown.js'
import { withDeadline } from '../support/wait-for.js'

/** One message as it came in; `atMs` is on the machine's monotonic clock. */
export interface ArrivedMessage {
  readonly kind: 'video' | 'audio' | 'data'
  readonly role: 'config' | 'frame' | 'end' | 'data'
  readonly keyframe: boolean
  /** ms, as the publisher sent it */
  readonly timestamp: number
  /** payload bytes of the RTMP message */
  readonly size: number
  readonly atMs: number
}

/** One accepted publish, as the server saw it. */
export interface SessionReport {
  /** TCP payload from the first byte of the connection */
  readonly connectionBytes: number
  /** TCP payload from the publish command on */
  readonly bytes: number
  readonly ended: string | undefined
  readonly messages: readonly ArrivedMessage[]
  /** x264's own list of its settings; empty for another encoder, and when its very first picture was not sent */
  readonly encoderSettings: string
  /** the sequence headers in hexadecimal digits */
  readonly headers: { readonly video: string; readonly audio: string }
}

interface Asked {
  readonly stream: string
  /** which session of that stream, from 1 */
  readonly nth: number
  readonly timeoutMs: number
}

export type Question = { readonly id: number } & Asked &
  (
    | { readonly ask: 'first-keyframe' | 'end' | 'report' }
    | { readonly ask: 'recording'; readonly file: string }
  )

/** The RTMP server of a bench: a process of its own, every stream kept apart by its name. */
export interface Receiver {
  url(stream: string): string
  /** when the first keyframe of a session came, monotonic ms */
  firstKeyframe(stream: string, nth?: number): Promise<number>
  ended(stream: string, nth?: number): Promise<void>
  report(stream: string, nth?: number): Promise<SessionReport>
  /** writes what was received as an FLV file */
  record(stream: string, file: string): Promise<void>
}

const timeoutMs = 20_000
/** The child keeps its own deadline; ours is for a child that says nothing at all. */
const silenceMs = timeoutMs + 5_000

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

const nextAnswer = (child: ChildProcess, id: number): Promise<unknown> =>
  withDeadline(
    new Promise((resolve, reject) => {
      const listen = (message: unknown): void => {
        const answer = message as Answer
        if (answer.id !== id) return
        child.off('message', listen)
        if (answer.error === undefined) resolve(answer.value)
        else reject(new Error(answer.error))
      }
      child.on('message', listen)
      child.once('exit', () => reject(new Error('the receiving server ended')))
    }),
    { what: 'the receiving server to answer', timeoutMs: silenceMs },
  )

export const startReceiver = async (t: Teardown): Promise<Receiver> => {
  const child = fork(fileURLToPath(new URL('./receiver-process.js', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
  })
  child.setMaxListeners(0)
  t.teardown(() => child.kill('SIGKILL'))
  const port = (await nextAnswer(child, 0)) as number
  let questions = 0
  const ask = (
    question: { ask: 'first-keyframe' | 'end' | 'report' } | { ask: 'recording'; file: string },
    stream: string,
    nth: number,
  ): Promise<unknown> => {
    questions += 1
    const answer = nextAnswer(child, questions)
    child.send({ id: questions, stream, nth, timeoutMs, ...question })
    return answer
  }
  return {
    url: (stream) => `rtmp://${loopback}:${port}/live/${stream}`,
    firstKeyframe: (stream, nth = 1) => ask({ ask: 'first-keyframe' }, stream, nth) as Promise<number>,
    ended: async (stream, nth = 1) => {
      await ask({ ask: 'end' }, stream, nth)
    },
    report: (stream, nth = 1) => ask({ ask: 'report' }, stream, nth) as Promise<SessionReport>,
    record: async (stream, file) => {
      await ask({ ask: 'recording', file }, stream, 1)
    },
  }
}
