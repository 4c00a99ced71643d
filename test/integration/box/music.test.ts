/** Background music, judged by what the server received. */
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import test from 'ava'
import type { StatusEvent } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { type RunningBox, startBox } from '../../support/box.js'
import { runTool } from '../../support/judge/ffmpeg.js'
import { decodeSound, judgedRate, levelAt } from '../../support/judge.js'
import { listenOnLoopback, refusingPort } from '../../support/ports.js'
import { faultsOf, framesOf, longestGap, type MediaMessage } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'
import { fileOf, nextOf, soundDelayOf, startPushing } from './pushing.js'

const few = aFewAtOnce(2)
const micHz = 440
/** Each second of the music has a tone of its own. */
const stepHz = 100
const seconds = 20
const toneHz = (second: number): number => 1_000 + second * stepHz
/** A sine of a quarter of full scale, and how much quieter something may be to count as gone, dB. */
const musicDb = -15
const goneDb = -35

const makeMusic = async (folder: string): Promise<string> => {
  const stairs = `aevalsrc=0.25*sin(2*PI*t*(1000+${stepHz}*floor(t))):d=${seconds}:s=44100`
  await run('-f', 'lavfi', '-i', stairs, join(folder, 'stairs.wav'))
  await run('-i', join(folder, 'stairs.wav'), '-b:a', '128k', join(folder, 'stairs.mp3'))
  return folder
}

const run = async (...args: readonly string[]): Promise<void> => {
  const { code, stderr } = await runTool('ffmpeg', ['-nostdin', '-v', 'error', ...args], 10_000)
  if (code !== 0) throw new Error(stderr)
}

interface Heard {
  /** seconds of the music's file that sound at the end of each window; undefined: no music */
  readonly second: number | undefined
  readonly musicDb: number
  readonly micDb: number
}

const windowMs = 20

/** What is to be heard in each 20 ms. */
const listen = (samples: Float32Array): Heard[] => {
  const length = (windowMs * judgedRate) / 1_000
  return Array.from({ length: Math.floor(samples.length / length) }, (_, index) => {
    const window = samples.subarray(index * length, (index + 1) * length)
    const levels = Array.from({ length: seconds }, (_, second) => levelAt(window, toneHz(second)))
    const loudest = Math.max(...levels)
    return {
      second: loudest > goneDb ? levels.indexOf(loudest) : undefined,
      musicDb: loudest,
      micDb: levelAt(window, micHz),
    }
  })
}

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN

const bgmEvents = (box: RunningBox): string[] =>
  box.received.flatMap(({ topic }) =>
    topic.startsWith('event/bgm') ? [topic.slice('event/bgm'.length)] : [],
  )

const progress = (box: RunningBox): { progress: number; duration: number }[] => [
  ...box.messages<{ progress: number; duration: number }>('event/bgmprogress'),
]

const server = async (t: Teardown, answer: RequestListener): Promise<string> => {
  const http = createServer(answer)
  const port = await listenOnLoopback(http)
  t.teardown(() => {
    http.closeAllConnections()
    http.close()
  })
  return `http://127.0.0.1:${port}`
}

test(
  'music is mixed in, untouched by what is done to the voice, and goes on through every change of the sound',
  few(async (t) => {
    const folder = await makeMusic(await tempDir(t))
    const { box, session, ingest } = await startPushing(t, { config: { sound: { 'music-folder': folder } } })
    const heard = async (part: readonly MediaMessage[]): Promise<Heard[]> =>
      listen(await decodeSound(await fileOf(t, session, part, 'sound')))
    const before = await nextOf(session, 1_000)
    t.true((await heard(before)).every(({ second }) => second === undefined))

    t.deepEqual((await box.request('playBGM', { url: 'stairs.wav', startTimeMs: 2_000 })).result, {
      errMsg: 'operateLivePusher:ok',
    })
    await nextOf(session, 500)
    const playing = await nextOf(session, 5_000, async () => {
      t.true((await box.set({ 'voice-changer-type': 3 })).ok)
      t.true((await box.set({ 'audio-reverb-type': 6, 'enable-ans': true })).ok)
      t.true((await box.set({ 'voice-changer-type': 0, 'audio-reverb-type': 0, 'enable-ans': false })).ok)
    })
    const windows = await heard(playing)
    const weak = windows.filter(({ musicDb: level }) => level < musicDb - 8)
    t.true(weak.length <= 3, `${weak.length} weak windows`)
    // A second of the music takes a second of the stream, whatever lanes it went through.
    const changes = windows.flatMap(({ second }, index) =>
      second !== undefined && second !== windows[index - 1]?.second
        ? [{ second, atMs: index * windowMs }]
        : [],
    )
    const steps = changes.slice(1)
    t.true(steps.length >= 4, JSON.stringify(changes))
    for (const [index, { second, atMs }] of steps.entries()) {
      const last = steps[index - 1]
      if (!last) continue
      t.is(second, last.second + 1, JSON.stringify(changes))
      t.true(Math.abs(atMs - last.atMs - 1_000) <= 60, JSON.stringify(changes))
    }
    t.true(longestGap(framesOf(session, 'audio')).timestampMs <= 70)
    const late = soundDelayOf({ messages: playing }) - soundDelayOf({ messages: before })
    t.true(late < 100, `sound is ${late} ms later with music`)

    t.deepEqual(bgmEvents(box).slice(0, 2), ['start', 'progress'])
    const told = progress(box)
    t.true(told.length >= 9 && told.every(({ duration }) => duration === seconds * 1_000))
    const [from, to] = [told[0]!.progress, told.at(-1)!.progress]
    t.true(Math.abs(from - 2_500) < 1_000, JSON.stringify(told))
    t.true(Math.abs(to - from - 500 * (told.length - 1)) < 600, JSON.stringify(told))

    // Mute is the microphone's, and so are its volume and the pause.
    t.true((await box.request('setBGMVolume', { volume: '0.1' })).ok)
    t.true((await box.set({ muted: true })).ok)
    await nextOf(session, 500)
    const quiet = await heard(await nextOf(session, 600))
    t.true(Math.abs(median(quiet.map(({ musicDb: level }) => level)) - (musicDb - 20)) < 2)
    const mic = median(quiet.map(({ micDb }) => micDb))
    t.true(mic < -60, `${mic} dB`)
    t.true((await box.request('setBGMVolume', { volume: 1 })).ok)
    t.true((await box.request('pause')).ok)
    await box.reaches('paused')
    await nextOf(session, 500)
    const paused = await heard(await nextOf(session, 600))
    t.true(median(paused.map(({ musicDb: level }) => level)) > musicDb - 2)
    t.true((await box.request('resume')).ok)
    t.true((await box.set({ muted: false })).ok)

    t.true((await box.request('pauseBGM')).ok)
    await nextOf(session, 400)
    const stood = progress(box).at(-1)?.progress ?? 0
    t.true((await heard(await nextOf(session, 1_000))).every(({ second }) => second === undefined))
    t.is(progress(box).at(-1)?.progress, stood)
    t.true((await box.request('resumeBGM')).ok)
    await waitFor(() => progress(box).at(-1)?.progress !== stood || undefined, { what: 'the music to go on' })
    t.true((progress(box).at(-1)?.progress ?? 0) - stood < 1_000)

    // Another piece takes its place, from and to where it was asked.
    const mark = box.received.length
    t.true((await box.request('playBGM', { url: 'stairs.mp3', startTimeMs: 7_000, endTimeMs: 8_600 })).ok)
    await waitFor(() => bgmEvents(box).at(-1) === 'complete' || undefined, { what: 'the end of the music' })
    const events = box.received.slice(mark).filter(({ topic }) => topic.startsWith('event/bgm'))
    const [started, completed] = ['start', 'complete'].map(
      (name) => events.find(({ topic }) => topic === `event/bgm${name}`)?.atMs,
    )
    t.true(Math.abs(completed! - started! - 1_600) < 1_000, `${completed! - started!} ms`)
    await nextOf(session, 300)
    const after = await heard(await nextOf(session, 600))
    t.true(after.every(({ second }) => second === undefined))
    t.true(Math.abs(median(after.map(({ micDb }) => micDb)) + 17) < 1)
    for (const method of ['pauseBGM', 'resumeBGM', 'stopBGM'])
      t.like(await box.request(method), { ok: false, errCode: -1 })
    t.is(ingest.sessions.length, 1)
    t.deepEqual(faultsOf(session), [])
    t.deepEqual(
      box.codes().filter(({ level }) => level !== 'event'),
      [],
    )
  }),
)

test(
  'music that can’t be had is 10003 with its cause, and nothing happens to the microphone',
  few(async (t) => {
    const folder = await makeMusic(await tempDir(t))
    await run('-f', 'lavfi', '-i', 'testsrc=d=1', join(folder, 'silent.mp4'))
    await writeFile(join(folder, 'junk.mp3'), Buffer.alloc(5_000, 'music? '))
    const list = '#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n'
    await writeFile(join(folder, 'list.m3u8'), list)
    await symlink('/etc/hostname', join(folder, 'out.wav'))
    const asked: string[] = []
    const web = await server(t, ({ url = '' }, response) => {
      asked.push(url)
      if (url === '/slow') response.writeHead(200, { 'content-length': 1_000_000 }).write(Buffer.alloc(1_000))
      else if (url === '/big') response.writeHead(200, { 'content-length': 100_000_000 }).write('x')
      else if (url === '/elsewhere') response.writeHead(302, { location: 'file:///etc/passwd' }).end()
      else if (url === '/round') response.writeHead(302, { location: '/round' }).end()
      else if (url === '/list') response.end(list)
      else response.writeHead(404).end()
    })
    const { box, session } = await startPushing(t, { config: { sound: { 'music-folder': folder } } })
    const errors = (): StatusEvent[] => box.codes().filter(({ code }) => code === 10003)
    const cases: readonly [url: string | undefined, cause: object][] = [
      [undefined, { kind: 'music-url-illegal' }],
      ['../stairs.wav', { kind: 'music-url-illegal' }],
      ['file:///etc/passwd', { kind: 'music-url-illegal' }],
      ['none.wav', { kind: 'music-missing', name: 'none.wav' }],
      ['out.wav', { kind: 'music-missing' }],
      ['silent.mp4', { kind: 'music-without-sound' }],
      ['junk.mp3', { kind: 'music-undecodable' }],
      ['list.m3u8', { kind: 'music-without-sound' }],
      [`${web}/list`, { kind: 'music-without-sound' }],
      [`${web}/none?key=secret`, { kind: 'music-refused', status: 404 }],
      [`${web}/elsewhere`, { kind: 'music-refused', detail: 'redirected elsewhere' }],
      [`${web}/round`, { kind: 'music-refused', detail: 'redirected elsewhere' }],
      [`${web}/big`, { kind: 'music-too-big' }],
      [
        `http://127.0.0.1:${await refusingPort(t)}/a.mp3`,
        { kind: 'music-unreachable', detail: 'ECONNREFUSED' },
      ],
    ]
    for (const [index, [url, cause]] of cases.entries()) {
      const reply = await box.request('playBGM', url === undefined ? {} : { url })
      t.false(reply.ok, `${url}`)
      const told = await waitFor(() => errors()[index], { what: `10003 for ${url}` })
      t.like(told.cause, cause, `${url}`)
    }
    t.is(box.messages<object>('event/error').length, cases.length)
    t.false(
      box.received.some(({ topic, payload }) => !/command/.test(topic) && /secret/.test(payload.toString())),
    )
    // Only the first answer is waited for: what stalls is told when its time is over.
    t.regex(String((await box.request('playBGM', { url: `${web}/slow` })).result?.note), /being loaded/)
    await waitFor(() => errors()[cases.length], {
      what: '10003 for a download that stalls',
      timeoutMs: 12_000,
    })
    t.like(errors().at(-1)?.cause, { kind: 'music-too-slow' })
    t.deepEqual(bgmEvents(box), [])
    t.is(asked.filter((url) => url === '/round').length, 6)
    const all = listen(await decodeSound(await fileOf(t, session, session.messages, 'sound'))).slice(5)
    const loud = all.filter(({ micDb }) => Math.abs(micDb + 17) < 1)
    t.true(loud.length / all.length > 0.98, `${loud.length} of ${all.length}`)
    t.deepEqual(faultsOf(session), [])
  }),
)

test(
  'music plays in the preview, from the web, and survives the media process; a stop ends it',
  few(async (t) => {
    const folder = await makeMusic(await tempDir(t))
    const music = await readFile(join(folder, 'stairs.mp3'))
    const web = await server(t, ({ url }, response) => {
      if (url === '/moved') response.writeHead(301, { location: '/music' }).end()
      else response.end(music)
    })
    const box = await startBox(t)
    t.like(await box.request('playBGM', { url: `${web}/moved` }), { ok: false, errCode: -1 })
    t.true((await box.request('startPreview')).ok)
    t.true((await box.request('playBGM', { url: `${web}/moved` })).ok)
    await waitFor(() => (progress(box).at(-1)?.progress ?? 0) > 2_500 || undefined, {
      what: 'some seconds of it',
    })
    process.kill(await box.mediaPid(), 'SIGKILL')
    const reached = progress(box).length
    await waitFor(() => progress(box).length > reached + 2 || undefined, { what: 'the music to go on' })
    const [last, next] = [progress(box)[reached - 1], progress(box)[reached + 1]]
    const gone = next!.progress - last!.progress
    t.true(gone >= 0 && gone < 2_000, JSON.stringify(progress(box)))
    t.is(bgmEvents(box).filter((name) => name === 'start').length, 1)
    t.true((await box.request('stop')).ok)
    const events = bgmEvents(box).length
    t.true((await box.request('startPreview')).ok)
    t.like(await box.request('stopBGM'), { ok: false, errCode: -1 })
    t.is(bgmEvents(box).length, events)
  }),
)
