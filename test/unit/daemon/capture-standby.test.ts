import test from 'ava'
import type { ToEngine } from '../../../firmware/media/protocol.js'
import { waitFor } from '../../support/wait-for.js'
import { camera, liveRig, missing, type Rig, settled, shows, usualElements } from './capture-rig.js'

type Standby = Extract<ToEngine, { type: 'standby' }>

const standbys = (rig: Rig): Standby[] =>
  rig.sent.filter((message): message is Standby => message.type === 'standby')
const deviceOf = (run: Standby['run']): unknown =>
  run?.spec.settings.find(({ property }) => property === 'device')?.value

/** A box that shows the front camera and keeps the back one ready. */
const hotRig = async (...[t, options]: Parameters<typeof liveRig>): Promise<Rig> => {
  const rig = await liveRig(t, { hotSwitch: true, ...options })
  await settled()
  return rig
}

test('the other camera is kept ready once the first one is shown, and not without hot-switch', async (t) => {
  const rig = await hotRig(t)
  t.deepEqual(
    standbys(rig).map(({ run }) => deviceOf(run)),
    ['/dev/video2'],
  )
  t.regex(standbys(rig)[0]!.run!.spec.launch, / ! valve name=gate ! /)
  const cold = await liveRig(t)
  await settled()
  t.deepEqual(standbys(cold), [])
  await cold.set({ fps: 20 })
  t.notRegex(cold.last('video').spec.launch, /name=gate/)
})

test('a switch shows what is ready, without a look at the devices, and keeps what was shown', async (t) => {
  const rig = await hotRig(t)
  const ready = standbys(rig)[0]!.run!
  rig.sent.splice(0)
  const looks = rig.looked.length
  await rig.set({ 'device-position': 'back' })
  t.like(rig.last('video'), { generation: ready.generation, keeps: true })
  t.is(rig.looked.length, looks)
  rig.goLive('video')
  await settled()
  t.deepEqual(rig.codes, [1003, 1007, 1008])
  t.deepEqual(standbys(rig), [], 'the front camera stayed open')
  const front = rig.last('video').generation - 1
  await rig.set({ 'device-position': 'front' })
  t.is(rig.last('video').generation, front)
  t.true(rig.last('video').keeps)
})

test('what was set meanwhile is set on the camera that is switched to, which begins with its own zoom', async (t) => {
  const rig = await hotRig(t)
  await rig.set({ 'remote-mirror': true, 'max-bitrate': 700 })
  rig.capture.setZoom(3)
  rig.sent.splice(0)
  await rig.set({ 'device-position': 'back' })
  const set = rig.take('set').flatMap((message) => (message.type === 'set' ? [message.setting] : []))
  t.is(rig.last('video').spec.pace?.limits.maxKbps, 700)
  t.regex(String(set.find(({ element }) => element === 'mirror')?.value), /flip/)
  t.is(rig.last('video').spec.zoom?.factor, 1)
})

test('another picture takes another camera that is ready', async (t) => {
  const rig = await hotRig(t)
  await rig.set({ fps: 20 })
  t.is(standbys(rig).length, 1, 'not before the picture is there')
  rig.goLive('video')
  await settled()
  t.is(standbys(rig).length, 2)
  t.is(standbys(rig)[1]!.run!.spec.facts.fps, 20)
})

test('a switch before the other camera was made ready anew makes room for it first', async (t) => {
  const rig = await hotRig(t)
  await rig.set({ fps: 20, 'device-position': 'back' })
  const messages = rig.sent.filter(({ type }) => type === 'standby' || type === 'run')
  const at = messages.findLastIndex((message) => message.type === 'run' && message.spec.track === 'video')
  t.true(messages.slice(0, at).some((message) => message.type === 'standby' && !message.run))
  t.is(shows(rig.last('video')), 'camera')
})

test('nothing is kept ready while the camera is closed or nothing is shown', async (t) => {
  const rig = await hotRig(t)
  await rig.want('slate')
  t.is(standbys(rig).at(-1)?.run, undefined)
  rig.goLive('video')
  await rig.want('camera')
  rig.goLive('video')
  await settled()
  t.is(deviceOf(standbys(rig).at(-1)?.run), '/dev/video2')
  await rig.set({ 'enable-camera': false })
  t.is(standbys(rig).at(-1)?.run, undefined)
  await rig.set({ 'enable-camera': true })
  rig.goLive('video')
  await settled()
  await rig.want('nothing')
  rig.sent.splice(0)
  await rig.want('camera')
  t.deepEqual(standbys(rig), [])
})

test('one device is not opened twice, and a camera that is not there is not kept', async (t) => {
  for (const back of [camera('/dev/video0'), missing('/dev/video2')])
    t.deepEqual(standbys(await hotRig(t, { back })), [])
})

test('a camera that fails while it stands by is told once, tried again, and opened by a switch', async (t) => {
  const rig = await hotRig(t, { times: { standbyMs: 10 } })
  for (const nth of [1, 2]) {
    await rig.fail('video', {}, standbys(rig).at(-1)!.run!.generation)
    await waitFor(() => standbys(rig).length > nth, { what: 'another try' })
  }
  t.deepEqual(
    rig.notices.map(({ kind }) => kind),
    ['standby-failed'],
  )
  t.deepEqual(rig.codes, [])
  await rig.fail('video', {}, standbys(rig).at(-1)!.run!.generation)
  await rig.set({ 'device-position': 'back' })
  t.is(shows(rig.last('video')), 'camera')
})

test('a new media process gets the camera that is ready anew', async (t) => {
  const rig = await hotRig(t)
  rig.capture.mediaDown()
  await rig.capture.mediaUp(usualElements)
  rig.goLive('video')
  await settled()
  t.is(standbys(rig).length, 2)
})
