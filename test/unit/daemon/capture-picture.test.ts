import test from 'ava'
import { mirrorSetting } from '../../../firmware/media/graph/mirror.js'
import type { ToEngine } from '../../../firmware/media/protocol.js'
import { liveRig, type Rig, setting, settled, usualElements } from './capture-rig.js'

const picture = (rig: Rig): ToEngine[] =>
  rig
    .take('run', 'set', 'zoom', 'facts')
    .filter((message) => !('track' in message) || message.track === 'video')
const mirror = (mirrored: boolean) => ({ type: 'set', track: 'video', setting: mirrorSetting(mirrored) })
const zoom = (factor: number) => ({ type: 'zoom', factor })

test('mirroring and zooming are set on the camera that runs, each once', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ 'remote-mirror': true })
  t.deepEqual(picture(rig), [mirror(true)] as never)
  await rig.set({ zoom: true, beauty: 3 })
  t.deepEqual(picture(rig), [zoom(2)] as never)
  await rig.set({ 'remote-mirror': false, zoom: false })
  t.deepEqual(picture(rig), [mirror(false), zoom(1)] as never)
})

test('a change does not wait for a look at the devices', async (t) => {
  const rig = await liveRig(t)
  rig.gate = new Promise(() => undefined)
  void rig.set({ zoom: true, 'remote-mirror': true })
  t.deepEqual(picture(rig), [mirror(true), zoom(2)] as never)
})

test('a camera begins mirrored and zoomed as the attributes say', async (t) => {
  const rig = await liveRig(t, { attributes: { 'remote-mirror': true, zoom: true } })
  const { spec } = rig.last('video')
  t.is(setting(spec, 'mirror', 'tags'), mirrorSetting(true).value)
  t.is(spec.zoom?.factor, 2)
})

test('setZoom counts until the attribute is set or the camera is another', async (t) => {
  const rig = await liveRig(t, { attributes: { zoom: true } })
  rig.capture.setZoom(3.5)
  t.deepEqual(picture(rig), [zoom(3.5)] as never)
  await rig.set({ beauty: 1 })
  await rig.set({ fps: 20 })
  t.is(rig.last('video').spec.zoom?.factor, 3.5)
  rig.goLive('video')
  rig.capture.forgetZoom()
  rig.sent.splice(0)
  await rig.set({ zoom: true })
  t.deepEqual(picture(rig), [zoom(2)] as never)
  rig.capture.setZoom(3.5)
  await rig.set({ 'device-position': 'back' })
  t.is(rig.last('video').spec.zoom?.factor, 2)
})

test('the camera in use says how far it can be zoomed', async (t) => {
  const format = { encoding: 'raw', width: 640, height: 360, fps: 15 } as const
  const rig = await liveRig(t, { front: { source: { kind: 'v4l2', device: '/dev/video0', format } } })
  t.is(await rig.capture.maxZoom(), 3.1)
  await rig.set({ 'device-position': 'back' })
  t.is(await rig.capture.maxZoom(), 5)
})

test('a picture that grows past what the camera stands is zoomed less', async (t) => {
  const format = { encoding: 'raw', width: 640, height: 360, fps: 15 } as const
  const rig = await liveRig(t, { front: { source: { kind: 'v4l2', device: '/dev/video0', format } } })
  rig.capture.setZoom(3.1)
  await rig.set({ 'video-width': 128, 'video-height': 640 })
  t.true((rig.last('video').spec.zoom?.factor ?? 9) < 2)
})

test('without what mirrors, the reply says why, and nothing is set', async (t) => {
  const elements = usualElements.filter((name) => name !== 'taginject')
  const rig = await liveRig(t, { elements, attributes: { mirror: true } })
  t.regex(rig.capture.lack('mirror') ?? '', /no effect here: GStreamer's taginject is missing/)
  t.is(rig.capture.lack('remote-mirror'), undefined)
  t.notRegex(rig.last('video').spec.launch, /mirror/)
  await rig.set({ 'remote-mirror': true })
  t.deepEqual(picture(rig), [])
})

test('the focus is set whenever a camera was opened, and when the attribute changes', async (t) => {
  const rig = await liveRig(t)
  t.deepEqual(rig.focused, [{ position: 'front', automatic: true }])
  rig.focusLack = 'no effect here: the camera has no automatic focus'
  await rig.set({ 'auto-focus': false })
  t.deepEqual(rig.focused.at(-1), { position: 'front', automatic: false })
  t.is(rig.capture.lack('auto-focus'), rig.focusLack)
  t.deepEqual(picture(rig), [])
  await rig.set({ zoom: true, 'device-position': 'back' })
  t.is(rig.focused.length, 2)
  rig.focusLack = undefined
  rig.goLive('video')
  await settled()
  t.deepEqual(rig.focused.at(-1), { position: 'back', automatic: false })
  t.is(rig.capture.lack('auto-focus'), undefined)
  await rig.want('slate')
  rig.goLive('video')
  t.is(rig.focused.length, 3, 'a slate has no lens')
})
