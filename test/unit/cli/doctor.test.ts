import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { encode30, FrameCounter } from '../../../firmware/cli/doctor/encoding.js'
import { type Finding, worst } from '../../../firmware/cli/doctor/finding.js'
import { examineClock } from '../../../firmware/cli/doctor/machine.js'
import { reach } from '../../../firmware/cli/doctor/network.js'
import { page } from '../../../firmware/cli/doctor/page.js'
import { tempDir } from '../../support/temp-dir.js'
import { livePusher } from './command.js'

const configFile = async (t: ExecutionContext, text: string): Promise<string> => {
  const file = join(await tempDir(t), 'config.yaml')
  await writeFile(file, text)
  return file
}

test('the doctor says what is there, that every encoder encodes, and what is wrong with what to do', async (t) => {
  const file = await configFile(
    t,
    [
      'name: stage-left',
      'attributes: { url: "rtmp://127.0.0.1:9/live/secret-key" }',
      'buttons: { driver: gpiod, mute: { line: NO_SUCH_LINE } }',
      'mqtt: { url: "mqtt://127.0.0.1:9" }',
    ].join('\n'),
  )
  const { code, out } = await livePusher(['doctor', '--config', file, '--json'])
  t.is(code, 69)
  t.false(out.includes('secret-key'))
  const { box, ok, findings } = JSON.parse(out) as { box: string; ok: boolean; findings: Finding[] }
  t.is(box, 'stage-left')
  t.false(ok)
  const by = Object.fromEntries(findings.map((finding) => [finding.id, finding]))
  t.like(by.configuration, { level: 'ok' })
  t.regex(by.encoders?.facts.join('\n') ?? '', /x264enc \(software\): 30 pictures, [\d.]+ a second; chosen/)
  t.like(by.network, { level: 'problem' })
  t.regex(by.network?.facts.at(-1) ?? '', /127\.0\.0\.1:9: ECONNREFUSED/)
  t.like(by.broker, { level: 'problem' })
  t.like(by.gpio, { level: 'problem' })
  for (const { level, advice, id } of findings) t.is(advice !== undefined, level !== 'ok', id)
})

test('a wrong configuration is a finding, and the rest is examined all the same', async (t) => {
  const file = await configFile(t, 'http: { port: 99999 }')
  const { code, out } = await livePusher(['doctor', '--config', file])
  t.is(code, 69)
  t.regex(out, /^WRONG {2}Configuration\n.*config\.yaml:1: http\.port must be at most 65535/m)
  t.regex(out, /^(?:ok|note) +Encoders/m)
  t.regex(out, /\nWhat to do\n(?:.*\n)*WRONG {2}Configuration: Correct these lines/)
})

test('an encoder that is missing, fails or makes too little is no encoder', async (t) => {
  const command = async (script: string): Promise<string> => {
    const file = join(await tempDir(t), 'gst-launch')
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o755)
    return file
  }
  const { signal } = new AbortController()
  const why = async (script: string): Promise<string> => {
    const outcome = await encode30('x264enc', 'ultrafast', signal, await command(script))
    return outcome.ok ? 'ok' : outcome.why
  }
  t.regex(
    await why('echo "ERROR: from element /GstPipeline:p/x264enc:encoder: no device" >&2; exit 1'),
    /no device/,
  )
  t.is(await why('exit 3'), 'gst-launch-1.0 ended with 3')
  t.is(await why("printf '\\0\\0\\001\\145\\210\\0\\0\\0'"), 'only 1 of 30 pictures came out')
  t.like(await encode30('x264enc', 'ultrafast', signal, '/nowhere/gst-launch'), { ok: false })
})

test('pictures are counted once each, however the bytes are cut', (t) => {
  const [sps, first, second, other] = [0x67, 0x65, 0x41, 0x41].map((kind, index) =>
    Buffer.from([0, 0, 0, 1, kind, index === 3 ? 0x40 : 0x88, 9, 9]),
  ) as [Buffer, Buffer, Buffer, Buffer]
  const stream = Buffer.concat([sps, first, other, second, other])
  for (const size of [1, 2, 3, 5, 7, stream.length]) {
    const counter = new FrameCounter()
    for (let at = 0; at < stream.length; at += size) counter.take(stream.subarray(at, at + size), at * 10)
    t.is(counter.frames, 2, `cut into ${size}`)
  }
})

test('a server answers, refuses, or has no name', async (t) => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  t.like(await reach('127.0.0.1', typeof address === 'object' && address ? address.port : 0), { ok: true })
  t.like(await reach('127.0.0.1', 9), { ok: false, step: 'connection', why: 'ECONNREFUSED' })
  t.like(await reach('no-such-host.invalid', 1935), { ok: false, step: 'name' })
})

test('a clock of long ago is a problem', async (t) => {
  t.is((await examineClock(new Date('1970-01-01T00:10:00Z'))).level, 'problem')
  t.is((await examineClock(new Date('2031-01-01T00:10:00Z'))).level, 'ok')
})

test('the page says what to do at its end, or that nothing is wrong', (t) => {
  const head = { box: 'a', host: 'b', time: 'c' }
  const fine: Finding = { id: 'x', title: 'Disk', level: 'ok', facts: ['1 MB'] }
  t.regex(page(head, [fine]), /\nNothing is wrong\.$/)
  const bad: Finding = { ...fine, level: 'problem', advice: 'Make room.' }
  t.regex(page(head, [fine, bad]), /\nWhat to do\nWRONG {2}Disk: Make room\.$/)
  t.is(worst('ok', 'problem', 'remark'), 'problem')
  t.is(worst(), 'ok')
})
