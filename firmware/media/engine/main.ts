/**
 * The media process. Obeys the daemon over the fork channel, says what happens, and sends a heartbeat that stops
 * when its event loop does. Ends when the channel closes: it never outlives the daemon.
 */
import { writeSync } from 'node:fs'
import type { EngineCounters, FromEngine, MusicEvent, ToEngine } from '../protocol.js'
import { probedElements } from '../protocol.js'
import { elementExists } from './binding.js'
import type { Track } from './flv.js'
import { Hub } from './hub.js'
import { Lane } from './lane/lane.js'
import { useGlWithoutScreen } from './looks/look-processors.js'
import { LookStage } from './looks/look-stage.js'
import { Music } from './music/music.js'
import { Preview } from './preview.js'
import { RateControl } from './rate-control.js'
import { RtmpOutput } from './rtmp/rtmp.js'
import { seiMessage } from './sei.js'
import { SnapshotTaker, type StillWish } from './snapshot.js'

const beatMs = 250

const send = (message: FromEngine): void => {
  // A channel that closes while we write means the daemon is gone: 'disconnect' ends us.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

const previewSocket = process.env.LIVE_PUSHER_PREVIEW_SOCKET ?? ''
const hub = new Hub()
const preview = new Preview(hub, previewSocket)
const snapshots = new SnapshotTaker()
useGlWithoutScreen(process.env)
const looks = new LookStage({
  told: (event, place, cause) => send({ type: 'look', event, place, ...(cause ? { cause } : {}) }),
})
const music = new Music()
const lane = (track: Track): Lane =>
  new Lane(track, hub, {
    event: (generation, event, cause) => {
      const running = lanes.video.pipeline
      if (event === 'live' && running) snapshots.follow(running)
      // A session that waited for this lane begins now.
      if ((event === 'live' || event === 'failed') && output?.streaming === false) lanes.video.keyframe()
      send({ type: 'lane', track, generation, event, ...(cause ? { cause } : {}) })
    },
    level: (rmsDb) => send({ type: 'level', rmsDb }),
    playsWithLooks: (pipeline, picture) => looks.enter(pipeline, picture),
    music,
  })
const lanes: Record<Track, Lane> = { video: lane('video'), audio: lane('audio') }
let output: RtmpOutput | undefined
/** what `output` was made for */
let asked: Extract<ToEngine, { type: 'connect' }> | undefined
/** the end of the last session */
let goodbye: Promise<void> = Promise.resolve()
/** What ended sessions sent and dropped, so that counters never go back. */
const ended = { bytesSent: 0, videoDropped: 0 }

const rate = new RateControl({
  output: () => {
    const signals = output?.signals
    return signals && { session: connections, signals }
  },
  encodedBytes: () => hub.counters.videoBytes,
  encodeLateMs: () => lanes.video.lateMs,
  pace: (pace) => lanes.video.pace(pace),
  window: (bytes) => {
    if (output) output.windowBytes = bytes
  },
  drop: () => output?.drop(),
  decided: ({ targetKbps, step, events, disobeys }) => {
    const decision = { targetKbps, step, events, ...(disobeys ? { disobeys } : {}) }
    const text = JSON.stringify(decision)
    if (text === decided) return
    decided = text
    hub.setFacts('video', { ...step, kbps: targetKbps })
    send({ type: 'rate', decision })
  },
})
let decided = ''
/** Number of the session that media goes out on. */
let connections = 0

const disconnect = (): void => {
  const last = output?.counters
  ended.bytesSent += last?.bytesSent ?? 0
  ended.videoDropped += last?.videoDropped ?? 0
  if (output) goodbye = output.stop()
  output = undefined
}

const connect = (request: Extract<ToEngine, { type: 'connect' }>): void => {
  disconnect()
  asked = request
  const { connection } = request
  const session = new RtmpOutput(hub, request.destination, request.limits, {
    connected: () => send({ type: 'output', connection, event: 'connected' }),
    published: () => send({ type: 'output', connection, event: 'published' }),
    lost: (cause) => {
      if (output === session) disconnect()
      send({ type: 'output', connection, event: 'lost', cause })
    },
    changing: () => Object.values(lanes).some(({ changing }) => changing),
    wantKeyframe: () => lanes.video.keyframe(),
  })
  output = session
  connections = connection
  // Sockets are told apart by where they lead: the last one must be gone.
  void goodbye.then(() => {
    if (output === session) session.start()
  })
}

const snapshot = async (request: number, wish: StillWish): Promise<void> => {
  const pipeline = lanes.video.pipeline
  if (!pipeline) return send({ type: 'snapshot', request, cause: { kind: 'no-picture' } })
  try {
    send({ type: 'snapshot', request, ...(await snapshots.take(pipeline, wish)) })
  } catch (error) {
    send({ type: 'snapshot', request, cause: { kind: 'no-picture', detail: String(error) } })
  }
}

const playMusic = ({ piece, file, startMs, endMs }: Extract<ToEngine, { type: 'play-music' }>): void => {
  const tell = (event: MusicEvent): void => send({ type: 'music', piece, event })
  music.play(
    { file, startMs, endMs },
    {
      started: (durationMs) => tell({ at: 'started', durationMs }),
      progress: (positionMs, durationMs) => tell({ at: 'progress', positionMs, durationMs }),
      completed: () => tell({ at: 'completed' }),
      failed: (cause) => tell({ at: 'failed', cause }),
    },
  )
}

const counters = (): EngineCounters => {
  const session = output?.counters
  return {
    atMs: performance.now(),
    ...hub.counters,
    bytesSent: ended.bytesSent + (session?.bytesSent ?? 0),
    videoDropped: ended.videoDropped + (session?.videoDropped ?? 0),
    videoQueued: session?.videoQueued ?? 0,
    audioQueued: session?.audioQueued ?? 0,
    queueAgeMs: session?.queueAgeMs ?? 0,
    rttMs: session?.tcp?.rttMs ?? 0,
    rttVarMs: session?.tcp?.rttVarMs ?? 0,
    notSentBytes: session?.tcp?.notSentBytes ?? 0,
    viewers: preview.viewers,
    streaming: output?.streaming ?? false,
  }
}

const shutdown = async (): Promise<void> => {
  disconnect()
  for (const each of Object.values(lanes)) each.halt()
  preview.stop()
  music.stop()
  await goodbye
  // exit() waits for pulls that never return; nothing is left to lose here.
  process.kill(process.pid, 'SIGKILL')
}

const obey = (message: ToEngine): void => {
  switch (message.type) {
    case 'run':
      if (message.spec.track === 'video') {
        preview.shows = true
        rate.begins(message.spec)
      }
      return lanes[message.spec.track].run(message.generation, message.spec, message.keeps)
    case 'standby':
      return lanes.video.standBy(message.run)
    case 'halt':
      if (message.track === 'video') preview.shows = false
      return lanes[message.track].halt()
    case 'set':
      return lanes[message.track].set(message.setting)
    case 'zoom':
      return lanes.video.zoom(message.factor)
    case 'facts':
      return hub.setFacts(message.track, message.facts)
    case 'limits':
      return rate.limit(message.limits)
    case 'keyframe':
      return lanes.video.keyframe()
    case 'look':
      return looks.set(message.look ?? undefined, message.place)
    case 'message':
      return hub.putUnit(seiMessage(message.text), output?.streaming === false ? 'keyframe' : 'frame')
    case 'connect':
      return connect(message)
    case 'disconnect':
      return disconnect()
    case 'answers':
      if (asked?.connection === message.connection && output?.hangs) connect(asked)
      return
    case 'snapshot':
      void snapshot(message.request, message)
      return
    case 'play-music':
      return playMusic(message)
    case 'pause-music':
      return music.pause(message.paused)
    case 'stop-music':
      return music.stop()
    case 'shutdown':
      void shutdown()
      return
  }
}

// exit() waits for pulls that never return: a defect would leave a process that nobody watches any more.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    writeSync(
      2,
      `media process: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    process.kill(process.pid, 'SIGKILL')
  })
process.on('disconnect', () => void shutdown())
// The daemon decides when we end; a terminal's Ctrl-C reaches us as well.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('message', (message) => obey(message as ToEngine))

await preview.start()
rate.start()
send({ type: 'hello', elements: probedElements.filter(elementExists), previewSocket })
setInterval(() => send({ type: 'beat', counters: counters() }), beatMs)
