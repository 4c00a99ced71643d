/** The server that publishers push to, in a process of its own so that its work is nobody's else. */

import { writeFlv } from '../support/rtmp/flv-file.js'
import { type RtmpIngest, startRtmpIngest } from '../support/rtmp/ingest.js'
import type { MediaMessage, RecordedSession } from '../support/rtmp/recorded.js'
import { waitFor } from '../support/wait-for.js'
import { monotonicOffsetMs } from './clock.js'
import { serversAnswerAtOnce } from './no-delay.js'
import type { ArrivedMessage, Question, SessionReport } from './receiver.js'

const sessionOf = (ingest: RtmpIngest, stream: string, nth: number): RecordedSession | undefined =>
  ingest.sessions.filter((session) => session.stream === stream)[nth - 1]

const arrived = (message: MediaMessage): ArrivedMessage => ({
  kind: message.kind,
  role: message.kind === 'data' ? 'data' : message.role,
  keyframe: message.kind === 'video' && message.role === 'frame' && message.keyframe,
  timestamp: message.timestamp,
  size: message.size,
  atMs: message.arrivedMs + monotonicOffsetMs,
})

/** x264 writes its version and all its settings into its first access unit, as text. */
const encoderSettings = (messages: readonly MediaMessage[]): string => {
  const first = messages.find((message) => message.kind === 'video' && message.role === 'frame')
  const start = first?.payload.indexOf('x264 - core') ?? -1
  if (!first || start < 0) return ''
  const end = first.payload.indexOf(0, start)
  return first.payload.toString('latin1', start, end < 0 ? undefined : end)
}

const header = (messages: readonly MediaMessage[], kind: 'video' | 'audio'): string =>
  messages
    .find((message) => message.kind === kind && 'role' in message && message.role === 'config')
    ?.payload.toString('hex') ?? ''

const report = (session: RecordedSession): SessionReport => ({
  connectionBytes: session.socket.bytesRead,
  bytes: session.bytes,
  ended: session.ended,
  messages: session.messages.map(arrived),
  encoderSettings: encoderSettings(session.messages),
  headers: { video: header(session.messages, 'video'), audio: header(session.messages, 'audio') },
})

const isKeyframe = (message: MediaMessage): boolean => arrived(message).keyframe

const answer = async (ingest: RtmpIngest, question: Question): Promise<unknown> => {
  const { stream, nth, timeoutMs } = question
  const what = `${question.ask} of session ${nth} of ${stream}`
  switch (question.ask) {
    case 'first-keyframe':
      return arrived(
        await waitFor(() => sessionOf(ingest, stream, nth)?.messages.find(isKeyframe), { what, timeoutMs }),
      ).atMs
    case 'end':
      return waitFor(() => sessionOf(ingest, stream, nth)?.ended, { what, timeoutMs })
    case 'report': {
      const session = sessionOf(ingest, stream, nth)
      if (!session) throw new Error(`${stream} has no session ${nth}`)
      return report(session)
    }
    case 'recording': {
      const session = sessionOf(ingest, stream, nth)
      if (!session) throw new Error(`${stream} has no session ${nth}`)
      return writeFlv(question.file, session.messages)
    }
  }
}

process.on('disconnect', () => process.exit())
// A terminal's Ctrl-C reaches us as well; the bench decides when we end.
process.on('SIGINT', () => {})

serversAnswerAtOnce()
const ingest = await startRtmpIngest({ teardown: () => undefined })
process.on('message', (message) => {
  const question = message as Question
  void answer(ingest, question).then(
    (value) => process.send?.({ id: question.id, value }),
    (error: unknown) => process.send?.({ id: question.id, error: String(error) }),
  )
})
process.send?.({ id: 0, value: ingest.port })
