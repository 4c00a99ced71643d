import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import mqtt from 'mqtt'
import type { BoxState, NetStatus } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { startBox } from '../../support/box.js'
import { decodeFrames, loudness, probe, toneFrequency } from '../../support/judge.js'
import { startMosquitto } from '../../support/mqtt.js'
import { startRejectingPublish } from '../../support/rtmp/broken-servers.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { startNginxRtmp } from '../../support/rtmp/nginx.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { treeOf } from './processes.js'
import { fileOf, fpsOf, kbpsOf, receivedUntil, soundDelayOf, startPushing } from './pushing.js'

const few = aFewAtOnce(2)

test(
  'autopush: the codes come in their order, and the session is as a server wants it',
  few(async (t) => {
    const mosquitto = await startMosquitto()
    t.teardown(() => mosquitto.stop())
    const { box, ingest, session } = await startPushing(t, {
      config: { mqtt: { url: mosquitto.url } },
      brokerUrl: mosquitto.url,
      watchFirst: true,
    })
    await Promise.all([1001, 1002, 1003, 1007, 1008].map((code) => box.code(code)))
    await receivedUntil(session, session.startedMs + 2_500)

    const codes = box.codes()
    const order = codes.map(({ code }) => code)
    t.deepEqual(order.toSorted(), [1001, 1002, 1003, 1007, 1008])
    t.true(order.indexOf(1003) < order.indexOf(1007), `${order}`)
    t.true(order.indexOf(1007) < order.indexOf(1008), `${order}`)
    t.true(order.indexOf(1001) < order.indexOf(1002), `${order}`)
    t.deepEqual(
      codes.map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    )
    t.true(codes.every(({ level, message }) => level === 'event' && message !== ''))

    t.is(ingest.sessions.length, 1)
    t.deepEqual(ingest.protocolErrors, [])
    t.deepEqual(faultsOf(session), [])
    const opening = session.messages.slice(0, 4)
    t.like(opening[0], {
      kind: 'data',
      name: 'onMetaData',
      values: [{ width: 360, height: 640, framerate: 15, videocodecid: 7, audiocodecid: 10 }],
    })
    t.like(opening[1], { kind: 'video', role: 'config', codec: 7 })
    t.like(opening[2], { kind: 'audio', role: 'config', codec: 10 })
    t.like(opening[3], { kind: 'video', role: 'frame', keyframe: true, timestamp: 0 })
    t.is(session.messages.filter(({ kind }) => kind === 'data').length, 1, 'metadata comes once')

    const [video, audio] = [framesOf(session, 'video'), framesOf(session, 'audio')]
    t.true(Math.abs(fpsOf(session.messages) - 15) < 0.5, `${fpsOf(session.messages)} fps`)
    t.true(longestGap(video).timestampMs <= 67)
    t.true(longestGap(audio).timestampMs <= 22)
    const kbps = kbpsOf(session.messages, 'video')
    t.true(kbps > 850 && kbps < 1_150, `${kbps} kbit/s`)
    const delay = soundDelayOf(session)
    t.true(Math.abs(delay) < 60, `sound arrives ${delay} ms after its picture`)

    const file = await fileOf(t, session, session.messages)
    t.like(await decodeFrames(file), { width: 360, height: 640, isMoving: true, errors: [] })
    const { frequencyHz, purity } = await toneFrequency(file)
    t.true(Math.abs(frequencyHz - 440) < 2 && purity > 0.9, `${frequencyHz} Hz, ${purity}`)
  }),
)

test(
  'a player at nginx sees and hears what the attributes say',
  few(async (t) => {
    const nginx = await startNginxRtmp(t)
    const box = await startBox(t, { config: { attributes: { url: nginx.url(), autopush: true } } })
    await box.reaches('pushing')
    const [found, picture, sound] = await Promise.all([
      probe(nginx.url()),
      decodeFrames(nginx.url(), { seconds: 2 }),
      loudness(nginx.url(), 1.5),
    ])
    t.like(found.video, { codec: 'h264', width: 360, height: 640, bFrames: 0, pixelFormat: 'yuv420p' })
    t.true(Math.abs(found.video!.fps - 15) < 0.5, `${found.video!.fps} fps`)
    t.like(found.audio, { codec: 'aac', profile: 'LC', rate: 48_000, channels: 1 })
    t.like(picture, { width: 360, height: 640, isMoving: true, errors: [] })
    // a sine at volume 0.2
    t.true(Math.abs(sound.rmsDb - -17) < 1.5, `${sound.rmsDb} dB`)
    t.deepEqual(
      (await nginx.stat()).map(({ name, isPublishing }) => ({ name, isPublishing })),
      [{ name: 'camera', isPublishing: true }],
    )
  }),
)

const netStatusKeys = [
  'audioBitrate',
  'audioCache',
  'netJitter',
  'netQualityLevel',
  'netSpeed',
  'videoBitrate',
  'videoCache',
  'videoFPS',
  'videoGOP',
  'videoHeight',
  'videoWidth',
]

test(
  'network status comes every two seconds and tells what arrives',
  few(async (t) => {
    const { box, session } = await startPushing(t)
    const received = () => box.received.filter(({ topic }) => topic === 'event/netstatus')
    await waitFor(() => received().length >= 3, { what: 'the third network status' })
    received()
      .slice(1)
      .forEach(({ atMs }, index) => {
        const distance = atMs - received()[index]!.atMs
        t.true(Math.abs(distance - 2_000) < 300, `${distance} ms`)
      })
    const infos = box.messages<{ info: NetStatus }>('event/netstatus').map(({ info }) => info)
    for (const info of infos) {
      t.deepEqual(Object.keys(info).toSorted(), netStatusKeys)
      const text = JSON.stringify(info)
      t.like(info, { videoGOP: 1, videoWidth: 360, videoHeight: 640 })
      t.true(info.netQualityLevel === 1 || info.netQualityLevel === 2, text)
      t.true(info.netJitter < 50 && info.videoCache <= 2 && info.audioCache <= 4, text)
    }
    // a machine that is busy delays single frames from one period into the next
    const mean = (key: keyof NetStatus): number =>
      infos.reduce((sum, info) => sum + info[key], 0) / infos.length
    t.true(infos.some(({ netQualityLevel }) => netQualityLevel === 1))
    const told = mean('videoBitrate')
    t.true(Math.abs(told - 1_000) < 120, `${told} kbit/s of video`)
    const sent = mean('netSpeed') / (told + mean('audioBitrate'))
    t.true(sent > 0.98 && sent < 1.02, `${sent} of what was encoded is sent`)
    t.true(Math.abs(mean('audioBitrate') - 65) < 5, `${mean('audioBitrate')} kbit/s of audio`)
    t.true(Math.abs(mean('videoFPS') - 15) <= 1, `${mean('videoFPS')} fps`)
    const [first, last] = [received()[0]!, received().at(-1)!]
    const part = session.messages.filter(
      ({ arrivedMs }) => arrivedMs > first.atMs - 2_000 && arrivedMs < last.atMs,
    )
    const arrived = kbpsOf(part, 'video')
    t.true(Math.abs(told / arrived - 1) < 0.05, `${told} kbit/s told, ${arrived} arrived`)
  }),
)

test(
  'state, attributes and availability are retained for whoever comes later',
  few(async (t) => {
    const { box, ingest } = await startPushing(t, { attributes: { 'max-bitrate': 800 } })
    const late = await mqtt.connectAsync(box.mqttUrl, { protocolVersion: 4 })
    t.teardown(() => late.endAsync(true))
    const found = new Map<string, string>()
    late.on('message', (topic, payload, { retain }) => {
      if (retain) found.set(topic.slice(box.base.length + 1), payload.toString())
    })
    await late.subscribeAsync(`${box.base}/#`, { qos: 1 })
    await waitFor(() => ['state', 'attributes', 'availability'].every((topic) => found.has(topic)), {
      what: 'what is retained',
    })
    t.is(found.get('availability'), 'online')
    const state = JSON.parse(found.get('state')!) as BoxState
    t.like(state, { state: 'pushing', attempt: 0, camera: 'front', muted: false, encoder: 'x264enc' })
    t.like(state, { width: 360, height: 640, fps: 15, session: 1 })
    t.is(state.url, `rtmp://127.0.0.1:${ingest.port}/live/***`)
    t.true(Math.abs(Date.now() - state.since) < 30_000)
    t.like(JSON.parse(found.get('attributes')!), { 'max-bitrate': 800, autopush: true, url: state.url })
  }),
)

const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

test(
  'the stream key is shown nowhere, whatever becomes of the session',
  few(async (t) => {
    const [configured, changed, refused] = ['quince-configured', 'quince-changed', 'quince-refused']
    const ingest = await startRtmpIngest(t)
    const rejecting = await startRejectingPublish(t)
    const query = '?txSecret=quince-query'
    const box = await startBox(t, {
      config: {
        attributes: { url: ingest.url(configured + query), autopush: true },
        log: { level: 'debug' },
      },
      // GStreamer tells at this level what it sends to the server
      env: { GST_DEBUG: 'rtmp*:4', GST_DEBUG_NO_COLOR: '1' },
    })
    const tree = async () => JSON.stringify(await treeOf(box.process.pid!))
    await box.reaches('pushing')
    const trees = [await tree()]
    t.is((await ingest.session(1)).stream, configured + query)
    t.true((await box.set({ url: ingest.url(changed + query) })).ok)
    t.is((await ingest.session(2, { messages: 5 })).stream, changed + query)
    ingest.drop('reset')
    t.is((await ingest.session(3, { messages: 5 })).stream, changed + query)
    t.true((await box.set({ url: rejecting.url(refused + query) })).ok)
    await box.code(3004, { nth: 2 })
    trees.push(await tree())
    const bad = await box.set({ url: `http://127.0.0.1/${refused}${query}`, fps: 99 })
    t.false(bad.ok)
    t.true((await box.request('snapshot')).ok)

    // what the box says; the requests are ours
    for (const { topic, payload } of box.received.filter((each) => each.topic !== 'attributes/set')) {
      t.false(topic.includes('quince'), topic)
      t.false(payload.includes('quince'), `${topic}: ${payload.toString().slice(0, 300)}`)
    }
    t.regex(box.output(), /publish for '\*\*\*' on stream/)
    t.notRegex(box.output(), /quince/)
    t.true(trees[0]!.includes('media/engine/main.js'))
    t.notRegex(trees.join(), /quince/)
    const holding: string[] = []
    for (const file of await filesBelow(box.stateDir)) {
      if (!(await readFile(file)).includes('quince')) continue
      holding.push(file.slice(box.stateDir.length + 1))
      t.is((await stat(file)).mode & 0o777, 0o600, file)
    }
    t.true(holding.includes('attributes.json'), `${holding}`)
    // the value before and the last good configuration: the same secret under the same lock
    for (const name of holding) t.regex(name, /^(attributes|config)[^/]*$/)
  }),
)
