import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { callOrder } from '../../../firmware/pusher/context.js'
import type { CommandReply } from '../../../firmware/pusher/events.js'
import { waitFor } from '../../support/wait-for.js'
import { settled } from './capture-rig.js'
import { phases, startBoxRig } from './live-pusher-rig.js'

const optionsOf: Readonly<Record<string, unknown>> = {
  setAttributes: { 'max-bitrate': 700 },
  sendMessage: { msg: 'hello' },
  setMICVolume: { volume: 0.5 },
}
const methods = [
  'start',
  'stop',
  'pause',
  'resume',
  'switchCamera',
  'snapshot',
  'setAttributes',
  'startPreview',
  'stopPreview',
  'sendMessage',
  'setMICVolume',
] as const
const stateOf = { preview: 'idle' } as Readonly<Record<string, string>>
const ok = { errMsg: 'operateLivePusher:ok' }

for (const phase of Object.keys(phases) as (keyof typeof phases)[]) {
  test(`obeys the table of call order while ${phase}`, async (t) => {
    for (const method of methods) {
      const rig = await phases[phase](t)
      const before = rig.box.state()
      t.is(before.state, (stateOf[phase] ?? phase) as never)
      rig.media.sent.splice(0)
      const reply = await rig.submit(method, optionsOf[method])
      const rule = callOrder[phase][method]
      t.is(reply.method, method)
      if (rule === 'fail') {
        t.like(reply, { ok: false, errCode: -1 }, `${method} while ${phase}`)
        t.regex(reply.ok ? '' : reply.errMsg, /^operateLivePusher:fail .* is not possible while \w+$/)
      } else t.like(reply, { ok: true, result: ok }, `${method} while ${phase}: ${JSON.stringify(reply)}`)
      if (rule === 'ok') t.regex(String(reply.ok && reply.result.note), /^nothing to do while \w+$/)
      if (rule === 'ok' || rule === 'fail') {
        t.deepEqual(rig.media.sent, [], `${method} while ${phase}`)
        t.deepEqual(rig.box.state(), before)
      }
    }
  })
}

test('start connects and opens the camera', async (t) => {
  const rig = await startBoxRig(t, { configured: { mode: 'HD' } })
  t.deepEqual(await rig.submit('start'), { ok: true, method: 'start', result: ok })
  t.is(rig.box.state().state, 'connecting')
  t.is(rig.box.state().url, 'rtmp://127.0.0.1:1/live/***')
  t.deepEqual(rig.media.of('connect'), [
    {
      type: 'connect',
      connection: 1,
      destination: { url: 'rtmp://127.0.0.1:1/live/secret-key', host: '127.0.0.1', port: 1, tls: false },
      limits: { connectMs: 5_000, publishMs: 5_000, stallMs: 6_000, queueMs: 2_000 },
    },
  ])
  t.deepEqual(
    rig.media.of('run').map(({ spec }) => spec.source),
    ['camera', 'mic'],
  )
  t.deepEqual(rig.memory.saved, [true])
})

test('rtmps is sent over TLS', async (t) => {
  const rig = await startBoxRig(t, { configured: { url: 'rtmps://example.org/live/key' } })
  await rig.submit('start')
  t.like(rig.media.of('connect')[0]?.destination, { host: 'example.org', port: 443, tls: true })
})

test('start without an address is refused and told', async (t) => {
  const rig = await startBoxRig(t, { configured: { url: '' } })
  const reply = await rig.submit('start')
  t.like(reply, { ok: false, method: 'start', errCode: -1313 })
  t.deepEqual(!reply.ok && reply.problems, [{ path: 'url', message: 'is empty' }])
  t.like(rig.events.statechange, [{ code: -1313, cause: { kind: 'url-missing', origin: 'mqtt' } }])
  t.deepEqual(rig.media.sent, [])
  t.deepEqual(rig.memory.saved, [])
})

test('start without an address pushes to the default one', async (t) => {
  const rig = await startBoxRig(t, {
    configured: { url: '' },
    defaultUrl: 'rtmp://127.0.0.1:1/live/box',
  })
  await rig.submit('start')
  t.is(rig.media.of('connect')[0]?.destination.url, 'rtmp://127.0.0.1:1/live/box')
})

test('stop ends everything and is remembered', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.sent.splice(0)
  await rig.submit('stop')
  t.is(rig.box.state().state, 'idle')
  t.deepEqual(
    rig.media.sent.map((message) => [message.type, 'track' in message ? message.track : '']),
    [
      ['disconnect', ''],
      ['halt', 'video'],
      ['halt', 'audio'],
    ],
  )
  t.deepEqual(rig.memory.saved, [true, false])
})

test('pause shows the slate on the same connection, resume the camera', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.sent.splice(0)
  await rig.submit('pause')
  t.is(rig.box.state().state, 'paused')
  t.deepEqual(
    rig.media.of('run').map(({ spec }) => spec.source),
    ['slate'],
  )
  await rig.submit('resume')
  t.is(rig.box.state().state, 'pushing')
  t.is(rig.media.of('run').at(-1)?.spec.source, 'camera')
  t.deepEqual([rig.media.of('connect'), rig.media.of('disconnect')], [[], []])
})

test('switchCamera shows the other camera, stores it and says which it is', async (t) => {
  const rig = await phases.pushing(t)
  t.deepEqual(await rig.submit('switchCamera'), {
    ok: true,
    method: 'switchCamera',
    result: { ...ok, camera: 'back' },
  })
  t.is(rig.box.state().camera, 'back')
  t.deepEqual(rig.store.saved, [{ 'device-position': 'back' }])
  t.like(rig.events.attributes.at(-1), { 'device-position': 'back' })
  t.is(rig.media.of('run').at(-1)?.spec.settings[0]?.value, '/dev/video2')
  t.like(await rig.submit('switchCamera'), { result: { camera: 'front' } })
})

test('switchCamera without another camera is refused and changes nothing', async (t) => {
  const rig = await phases.pushing(t)
  rig.cameras.back = { missing: { kind: 'no-camera', position: 'back' } }
  rig.media.sent.splice(0)
  t.like(await rig.submit('switchCamera'), {
    ok: false,
    errCode: -7,
    errMsg: 'operateLivePusher:fail there is no back camera: no-camera',
  })
  t.is(rig.box.state().camera, 'front')
  t.deepEqual([rig.media.sent, rig.store.saved], [[], []])
})

test('a camera that was switched stays switched when it can’t be stored, and that is said', async (t) => {
  const rig = await phases.pushing(t)
  rig.store.failure = new Error('ENOSPC: no space left on device')
  t.like(await rig.submit('switchCamera'), { ok: true, result: { camera: 'back' } })
  t.like(rig.events.notice, [{ kind: 'storage-failed' }])
})

test('a snapshot is stored, told and shown, its size as strings in the reply', async (t) => {
  const rig = await phases.pushing(t)
  const reply = await rig.submit('snapshot')
  const [info] = rig.events.snapshot
  t.like(info, { width: 360, height: 640, bytes: 9 })
  t.deepEqual(reply, {
    ok: true,
    method: 'snapshot',
    result: { ...ok, ...info, tempImagePath: info?.path, width: '360', height: '640' },
  } as CommandReply)
  t.deepEqual(rig.events.snapshotImage, [Buffer.from('a picture')])
  t.deepEqual(await readdir(join(rig.folder, 'snapshots')), [`${info?.id}.jpg`])
})

test('a snapshot’s quality is that of the JPEG; the view is flipped as the preview is', async (t) => {
  const rig = await startBoxRig(t)
  await rig.push()
  const asked: [quality: number, flipped: boolean][] = []
  const { snapshot } = rig.media
  rig.media.snapshot = (quality, flipped) => {
    asked.push([quality, flipped])
    return snapshot(quality, flipped)
  }
  await rig.submit('snapshot')
  await rig.submit('snapshot', { quality: 'compressed' })
  await rig.submit('snapshot', { sourceType: 'view' })
  await rig.submit('setAttributes', { 'local-mirror': 'disable' })
  await rig.submit('snapshot', { sourceType: 'view' })
  t.deepEqual(asked, [
    [95, false],
    [75, false],
    [95, true],
    [95, false],
  ])
})

test('a snapshot that the media process can’t take is refused with its reason', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.snapshot = async () => {
    throw new Error('media process: no-picture')
  }
  t.like(await rig.submit('snapshot'), {
    ok: false,
    errCode: -9,
    errMsg: 'operateLivePusher:fail no picture: media process: no-picture',
  })
  t.deepEqual([rig.events.snapshot, rig.events.snapshotImage], [[], []])
})

test('bad input is refused with the path of the problem', async (t) => {
  const rig = await phases.pushing(t)
  t.like(await rig.submit('snapshot', { quality: 'best' }), {
    ok: false,
    errCode: -2,
    problems: [{ path: 'quality' }],
  })
  t.like(await rig.submit('strat'), { ok: false, errCode: -3, method: 'strat' })
  t.like(await rig.submit('applySticker', {}), { ok: false, errCode: -4 })
  t.is((await rig.submit('x'.repeat(1000))).method.length, 64)
})

test('a bug in a command is answered, told and not the end', async (t) => {
  const rig = await phases.pushing(t)
  Object.defineProperty(rig.cameras, 'back', {
    configurable: true,
    get: () => {
      throw new TypeError('undefined is not a function')
    },
  })
  t.like(await rig.submit('switchCamera'), { ok: false, method: 'switchCamera', errCode: -12 })
  t.like(rig.events.notice, [{ kind: 'internal-fault' }])
  t.regex(rig.events.notice[0]?.message ?? '', /switchCamera .*undefined is not a function/)
  t.like(await rig.submit('pause'), { ok: true })
})

test('a command that does not end is answered, and the box complains', async (t) => {
  const rig = await startBoxRig(t, { times: { replyMs: 20, stuckMs: 40 } })
  rig.store.gate = new Promise(() => {})
  t.like(await rig.submit('setAttributes', { fps: 20 }), { ok: false, errCode: -5 })
  await waitFor(() => rig.box.complaints().length > 0, { what: 'a complaint' })
  t.deepEqual(rig.box.complaints(), ['a command does not end'])
})

test('the 65th command in the line is refused as busy', async (t) => {
  const rig = await startBoxRig(t)
  let release = (): void => {}
  rig.store.gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const change = () => rig.box.submit({ method: 'setAttributes', options: { fps: 20 }, origin: 'mqtt' })
  const waiting = Array.from({ length: 64 }, change)
  t.like(await change(), { ok: false, errCode: -6, method: 'setAttributes' })
  release()
  const replies = await Promise.all(waiting)
  t.true(replies.every(({ ok }) => ok))
  t.like(await change(), { ok: true })
})

test('nothing is accepted or done after the stop', async (t) => {
  const rig = await startBoxRig(t)
  let release = (): void => {}
  rig.store.gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const first = rig.submit('setAttributes', { fps: 20 })
  const second = rig.submit('start')
  await settled()
  rig.box.stop()
  t.like(await rig.submit('start'), { ok: false, errCode: -11, method: 'start' })
  release()
  await first
  t.like(await second, { ok: false, errCode: -11 })
  t.deepEqual(rig.media.of('connect'), [])
  t.deepEqual(rig.media.of('disconnect').length, 1)
})

test('a clean end does not forget that the box was pushing', async (t) => {
  const rig = await phases.pushing(t)
  rig.box.stop()
  await settled()
  t.deepEqual(rig.memory.saved, [true])
})
