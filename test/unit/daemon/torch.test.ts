import test from 'ava'
import type { Teardown } from '../../support/teardown.js'
import { type BoxRigOptions, startBoxRig } from './live-pusher-rig.js'

/** A box that pushes with a torch; `failure` makes the light fail. */
const pushing = async (t: Teardown, options: BoxRigOptions = {}) => {
  const light: { on: boolean; failure?: Error } = { on: false }
  const torch = {
    set: async (on: boolean): Promise<void> => {
      if (light.failure) throw light.failure
      light.on = on
    },
  }
  const rig = await startBoxRig(t, { torch, configured: { 'device-position': 'back' }, ...options })
  await rig.push()
  return { ...rig, light, toggle: () => rig.submit('toggleTorch') }
}

test('toggleTorch turns the light on and off, and says which', async (t) => {
  const { toggle, light } = await pushing(t)
  t.like(await toggle(), { ok: true, result: { on: true } })
  t.true(light.on)
  t.like(await toggle(), { ok: true, result: { on: false } })
  t.false(light.on)
})

test('without a torch, with the front camera and with the camera off it is refused', async (t) => {
  const { submit, push } = await startBoxRig(t, { configured: { 'device-position': 'back' } })
  await push()
  t.like(await submit('toggleTorch'), {
    ok: false,
    errCode: -4,
    errMsg: 'operateLivePusher:fail no torch configured',
  })
  const front = await pushing(t, { configured: { 'device-position': 'front' } })
  t.like(await front.toggle(), { ok: false, errCode: -1 })
  t.regex(((await front.toggle()) as { errMsg: string }).errMsg, /back camera/)
  const off = await pushing(t, { configured: { 'device-position': 'back', 'enable-camera': false } })
  t.like(await off.toggle(), { ok: false, errCode: -1 })
  t.false(front.light.on || off.light.on)
})

for (const [what, method, options] of [
  ['the front camera is shown', 'switchCamera', undefined],
  ['the position is set', 'setAttributes', { 'device-position': 'front' }],
  ['the camera is closed', 'setAttributes', { 'enable-camera': false }],
  ['the stream is paused', 'pause', undefined],
  ['the stream is stopped', 'stop', undefined],
] as const)
  test(`the light goes off when ${what}`, async (t) => {
    const { toggle, submit, light } = await pushing(t)
    await toggle()
    t.true((await submit(method, options)).ok)
    t.false(light.on)
  })

test('the light goes off when the box ends, and stays on through what is none of its business', async (t) => {
  const { box, toggle, submit, media, light } = await pushing(t)
  await toggle()
  await submit('setAttributes', { fps: 20, zoom: true })
  media.output('lost', { kind: 'reset' })
  t.true(light.on)
  box.stop()
  await new Promise((resolve) => setImmediate(resolve))
  t.false(light.on)
})

test('a light that fails is refused with its reason, and is asked again', async (t) => {
  const { toggle, submit, light, events } = await pushing(t)
  light.failure = Object.assign(new Error('LED x: gone'), { kind: 'torch-missing' })
  t.like(await toggle(), { ok: false, errCode: -7 })
  t.regex(((await toggle()) as { errMsg: string }).errMsg, /torch-missing, LED x: gone/)
  delete light.failure
  t.like(await toggle(), { result: { on: true } })
  light.failure = new Error('stuck')
  await submit('pause')
  t.like(events.notice.at(-1), { kind: 'torch-failed', cause: { detail: 'stuck' } })
  delete light.failure
  await submit('stop')
  t.false(light.on)
})
