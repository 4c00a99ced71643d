import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { withForeign } from '../bench/abr/foreign/foreign.js'
import { pictures, ssimOf } from '../bench/abr/likeness.js'
import { makeMarkedClip, markOf } from '../bench/abr/marked-clip.js'
import { tempDir } from '../support/temp-dir.js'
import { noUplinkBecause } from '../support/uplink/namespaces.js'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../bench/main.js', import.meta.url))

interface Sample {
  readonly contender: string
  readonly ratio: number
  readonly mediaBytes: number
  readonly metadataMessages: number
}

interface Figures {
  readonly bench: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string }
  readonly versions: Readonly<Record<string, string>>
  readonly results: readonly { readonly samples: readonly Sample[] }[]
  readonly nonsense: readonly string[]
}

test('the wire bench compares the box with gst-launch and ffmpeg, as a table and as JSON', async (t) => {
  const file = join(await tempDir(t), 'wire.json')
  const { stdout } = await run(
    process.execPath,
    [main, 'wire', '--seconds', '2', '--rounds', '1', '--json', file],
    {
      timeout: 60_000,
    },
  )
  const figures = JSON.parse(await readFile(file, 'utf8')) as Figures
  t.is(figures.bench, 'wire')
  t.deepEqual(figures.nonsense, [])
  t.true(figures.machine.cores > 0)
  for (const version of ['project', 'node', 'gstreamer', 'ffmpeg'])
    t.regex(figures.versions[version] ?? '', /\d\.\d/)
  const samples = figures.results[0]?.samples ?? []
  t.deepEqual(
    samples.map(({ contender }) => contender),
    ['box', 'gst-launch', 'gst-launch chunk-size=4096', 'ffmpeg'],
  )
  for (const { contender, ratio, mediaBytes } of samples) {
    t.true(ratio > 1 && ratio < 1.2, `${contender}: ${ratio}`)
    t.true(mediaBytes > 50_000, `${contender}: ${mediaBytes} bytes`)
    t.true(stdout.includes(contender))
  }
  t.is(samples[0]?.metadataMessages, 1, 'the box sends metadata once')
})

test('the network bench judges one controller on a trace of anybody', async (t) => {
  const folder = await tempDir(t)
  const [trace, json] = [join(folder, 'mine.csv'), join(folder, 'network.json')]
  await writeFile(
    trace,
    `ms,kbps\n${Array.from({ length: 50 }, (_, slot) => `${slot * 200},900`).join('\n')}\n`,
  )
  const options = ['--trace', trace, '--controller', 'box', '--mode', 'HD', '--json', json]
  const { stdout } = await run(process.execPath, [main, 'network', ...options], { timeout: 60_000 })
  t.true(stdout.includes('mine, box'))
  const { results } = JSON.parse(await readFile(json, 'utf8')) as {
    results: readonly { trace: string; controller: string; mode: string; measures: { used: number } }[]
  }
  t.is(results.length, 2, 'one for each kernel')
  for (const { measures } of results) t.true(measures.used > 0.5 && measures.used <= 1.05)
  await writeFile(trace, 'ms,kbps\n0,900\n100,900\n')
  const refused = await t.throwsAsync<Error & { code: number; stderr: string }>(
    run(process.execPath, [main, 'network', '--trace', trace]),
  )
  t.is(refused?.code, 2)
  t.true(refused?.stderr.includes('row 3'), refused?.stderr)
})

const because = noUplinkBecause()
const onUplink = because === undefined ? test : test.skip
onUplink(
  `the abr bench pushes over an emulated uplink and draws what happened${because ? ` (${because})` : ''}`,
  async (t) => {
    const folder = await tempDir(t)
    const file = join(folder, 'abr.json')
    const settings = ['--trace', 'sawtooth', '--seconds', '4', '--controller', 'fixed']
    await run(process.execPath, [main, 'abr', ...settings, '--json', file, '--plots', folder], {
      timeout: 60_000,
    })
    const { results, nonsense } = JSON.parse(await readFile(file, 'utf8')) as {
      readonly nonsense: readonly string[]
      readonly results: readonly [
        { readonly measures: { readonly used: number; readonly delay: { readonly p50: number } } },
      ]
    }
    t.deepEqual(nonsense, [])
    const { used, delay } = results[0].measures
    // the trace begins with 400 kbit/s, far less than is pushed
    t.true(used > 0.4 && used < 1.1, `${used} of the link`)
    t.true(delay.p50 >= 25 && delay.p50 < 10_000, `${delay.p50} ms`)
    const picture = await readFile(join(folder, 'sawtooth-RTC-fixed-1.svg'), 'utf8')
    t.regex(picture, /<svg .*<polyline .*<\/svg>/s)
    t.notRegex(picture, /NaN|undefined/)
  },
)

test('the bench explains itself and refuses what it does not know', async (t) => {
  const { stdout } = await run(process.execPath, [main, '--help'])
  for (const name of [
    'cpu',
    'wire',
    'start',
    'memory',
    'control',
    'latency',
    'switch',
    'network',
    'abr',
    'recover',
    'app',
  ])
    t.true(stdout.includes(`\n  ${name} `))
  const refused = await t.throwsAsync<Error & { code: number; stderr: string }>(
    run(process.execPath, [main, 'wire', '--rounds', 'many']),
  )
  t.is(refused?.code, 2)
  t.true(refused?.stderr.includes('--rounds'))
})

test('a box that is given a foreign rate controller runs that one, with its own idea of what is too old', async (t) => {
  const script = `
    const { decideRate, newRateState } = await import('${new URL('../../firmware/pusher/bitrate.js', import.meta.url)}')
    const { encoderProfile } = await import('${new URL('../../firmware/pusher/geometry.js', import.meta.url)}')
    const limits = { mode: 'RTC', minKbps: 100, maxKbps: 1000, audioKbps: 64, width: 360, height: 640, fps: 15 }
    let state = newRateState
    let decision
    for (let atMs = 1; atMs < 2000; atMs += 100)
      [state, decision] = decideRate(
        state,
        { atMs, session: 1, rttMs: 50, minRttMs: 50, bytesAcked: atMs * 25, bytesSent: atMs * 25, queueBytes: 90000,
          queueAgeMs: 900, queuePackets: 40, encodedKbps: 900, encodeLateMs: 0 },
        limits,
      )
    console.log(JSON.stringify([decision.targetKbps, encoderProfile('RTC').queueLimitMs]))`
  const decided = async (env: Readonly<Record<string, string>>): Promise<unknown> => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 20_000,
      env: { ...process.env, ...env },
    })
    return JSON.parse(stdout)
  }
  const [own, obs] = await Promise.all([decided({}), decided(withForeign('obs'))])
  // OBS cuts by the sound's share as long as it has not seen a second of sending, down to its least, and drops nothing.
  t.deepEqual(obs, [50, 3_600_000])
  t.is((own as number[])[1], 300)
})

test('pictures carry their number through an encoder, and SSIM tells how much they lost', async (t) => {
  const folder = await tempDir(t)
  const [footage, clip, poor] = ['footage', 'clip', 'poor'].map((name) => join(folder, `${name}.mp4`)) as [
    string,
    string,
    string,
  ]
  const size = { width: 180, height: 320, fps: 15 }
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=10', '-t', '1', footage], {
    timeout: 20_000,
  })
  t.is(await makeMarkedClip(footage, clip, size, 2), 30)
  await run(
    'ffmpeg',
    ['-v', 'error', '-i', clip, '-c:v', 'libx264', '-crf', '45', '-vf', 'scale=90:160', poor],
    { timeout: 20_000 },
  )
  const numbers: number[] = []
  const likenesses: number[] = []
  const originals = pictures(['-i', clip], size)
  for await (const picture of pictures(['-i', poor], size)) {
    numbers.push(markOf(picture, size.width))
    likenesses.push(ssimOf(picture, (await originals.next()).value ?? picture, size.width))
    t.is(ssimOf(picture, picture, size.width), 1)
  }
  t.deepEqual(
    numbers,
    Array.from({ length: 30 }, (_, number) => number),
  )
  t.true(
    likenesses.every((each) => each > 0.3 && each < 0.9),
    likenesses.join(),
  )
})
