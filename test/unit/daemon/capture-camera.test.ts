import test from 'ava'
import { waitFor } from '../../support/wait-for.js'
import { camera, liveRig, missing, setting, settled, shows, startRig } from './capture-rig.js'

const quick = { times: { reopenMs: 20 } }
/** long enough that the test does something before the next look-up */
const unhurried = { times: { reopenMs: 250 } }

test('a missing camera is told once, with its device and position', async (t) => {
  const rig = await startRig(t, { ...quick, front: missing('/dev/video7') })
  rig.goLive('video')
  await waitFor(() => rig.looked.length >= 4, { what: 'some more look-ups' })
  t.deepEqual(
    rig.codes.filter((code) => code < 0),
    [-1301],
  )
  t.like(rig.causeOf(-1301), { kind: 'device-missing', device: '/dev/video7', position: 'front' })
})

test('the slate stands where the camera is missing, with the reason as a label and not in the launch text', async (t) => {
  const rig = await startRig(t, { front: missing('/dev/video7') })
  const { spec } = rig.last('video')
  t.is(spec.source, 'slate')
  t.is(setting(spec, 'label', 'text'), 'Camera not available: missing (/dev/video7)')
  t.false(spec.launch.includes('video7'))
  t.like(spec.facts, { width: 360, height: 640, fps: 5, kbps: 100 })
  t.true(rig.capture.facts.slate)
})

test('what people named a device stays text in the slate', async (t) => {
  const rig = await startRig(t, { front: missing('<b>/dev/video7</b>\n ! filesink') })
  const { spec } = rig.last('video')
  t.is(
    setting(spec, 'label', 'text'),
    'Camera not available: missing (&lt;b&gt;/dev/video7&lt;/b&gt;  ! filesink)',
  )
  t.false(spec.launch.includes('filesink'))
})

test('a slate that stands is left alone while the camera is asked for', async (t) => {
  const rig = await startRig(t, { ...quick, front: missing('/dev/video7') })
  rig.goLive('video')
  await waitFor(() => rig.looked.length >= 4, { what: 'some more look-ups' })
  t.deepEqual(rig.runs('video').map(shows), ['slate'])
})

test('a camera that comes back is told of and takes over at its first picture', async (t) => {
  const rig = await startRig(t, { ...quick, front: missing('/dev/video0') })
  rig.goLive('video')
  rig.cameras.front = camera('/dev/video0')
  await waitFor(() => rig.runs('video').length === 2, { what: 'the camera' })
  t.is(shows(rig.last('video')), 'camera')
  t.is(rig.last('video').spec.replace, 'overlap')
  t.deepEqual(rig.codes, [-1301])
  t.true(rig.capture.facts.slate)
  rig.goLive('video')
  t.deepEqual(rig.codes, [-1301, 1003, 1007, 1008])
  t.deepEqual(rig.causeOf(1008), { kind: 'encoder', encoder: 'x264enc' })
  t.false(rig.capture.facts.slate)
})

test('the failure of a camera that had come back is news', async (t) => {
  const rig = await liveRig(t, quick)
  await rig.fail('video')
  await waitFor(() => shows(rig.last('video')) === 'camera', { what: 'the camera after the slate' })
  rig.goLive('video')
  await rig.fail('video')
  t.deepEqual(rig.codes, [-1301, 1003, 1007, 1008, -1301])
})

test('a camera that is lost while pushing is told with what the media process says of it', async (t) => {
  const rig = await liveRig(t)
  await rig.fail('video', { kind: 'device-lost', element: 'camera', detail: 'Could not read' })
  t.deepEqual(rig.told, [
    {
      code: -1301,
      cause: {
        kind: 'device-lost',
        element: 'camera',
        detail: 'Could not read',
        device: '/dev/video0',
        position: 'front',
      },
    },
  ])
  t.is(setting(rig.last('video').spec, 'label', 'text'), 'Camera not available: lost (/dev/video0)')
})

test('a camera that can be found and not opened leaves the slate as it is', async (t) => {
  const rig = await liveRig(t, unhurried)
  await rig.fail('video', { kind: 'device-busy' })
  t.is(shows(rig.last('video')), 'slate')
  rig.goLive('video')
  const slate = rig.last('video')
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await waitFor(() => rig.runs('video').length === 1 + attempt, { what: `attempt ${attempt}` })
    t.is(shows(rig.last('video')), 'camera')
    rig.event('video', rig.last('video').generation, 'opened')
    await rig.fail('video', { kind: 'device-busy' })
    t.true(rig.capture.facts.slate)
  }
  t.deepEqual(
    rig.runs('video').filter((run) => shows(run) === 'slate'),
    [slate],
  )
  t.deepEqual(
    rig.codes.filter((code) => code < 0),
    [-1301],
  )
})

test('each opening is told once', async (t) => {
  const rig = await startRig(t)
  t.deepEqual(rig.codes, [])
  rig.goLive('video')
  t.deepEqual(rig.codes, [1003, 1007, 1008])
  await rig.set({ 'max-bitrate': 700 })
  await rig.set({ muted: true })
  t.deepEqual(rig.codes, [1003, 1007, 1008])
  await rig.set({ fps: 20 })
  rig.goLive('video')
  t.deepEqual(rig.codes, [1003, 1007, 1008, 1003, 1007, 1008])
})

test('a camera that may not be used is forbidden as well as lost', async (t) => {
  const rig = await startRig(t, { ...quick, front: missing('/dev/video0', 'device-denied') })
  await waitFor(() => rig.looked.length >= 3, { what: 'some more look-ups' })
  t.deepEqual(rig.codes, [-1301, 10001])
  t.is(rig.causeOf(10001)?.device, '/dev/video0')
})

test('a camera without a format that fits has its own code, also after it was missing', async (t) => {
  const rig = await startRig(t, { ...quick, front: missing('/dev/video0') })
  rig.goLive('video')
  rig.cameras.front = camera('/dev/video0')
  await waitFor(() => shows(rig.last('video')) === 'camera', { what: 'the camera' })
  await rig.fail('video', { kind: 'format-unsupported' })
  t.deepEqual(rig.codes, [-1301, -1305])
  t.like(rig.causeOf(-1305), { device: '/dev/video0', position: 'front' })
})

test('another camera is opened beside the one that runs', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ 'device-position': 'back' })
  const { spec } = rig.last('video')
  t.is(setting(spec, 'camera', 'device'), '/dev/video2')
  t.is(spec.replace, 'overlap')
})

test('a camera that has to start anew is closed first: only one can have it', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ fps: 20 })
  t.is(rig.last('video').spec.replace, 'break-first')
  const both = await liveRig(t, { back: camera('/dev/video0') })
  await both.set({ 'device-position': 'back', fps: 20 })
  t.is(both.last('video').spec.replace, 'break-first')
})

test('the cameras of libcamera are told apart as far as they have names', async (t) => {
  const first = { source: { kind: 'libcamera' } } as const
  const named = (id: string) => ({ source: { kind: 'libcamera', id } }) as const
  const unnamed = await liveRig(t, { front: first, back: named('/base/imx708@1a') })
  await unnamed.set({ fps: 20 })
  t.is(unnamed.last('video').spec.replace, 'break-first')
  await unnamed.set({ 'device-position': 'back' })
  t.is(unnamed.last('video').spec.replace, 'break-first')

  const two = await liveRig(t, { front: named('/base/imx708@1a'), back: named('/base/imx219@10') })
  await two.set({ 'device-position': 'back' })
  t.is(two.last('video').spec.replace, 'overlap')
  await two.fail('video', { kind: 'format-unsupported' })
  t.like(two.causeOf(-1305), { device: 'libcamera:/base/imx219@10', position: 'back' })
})

test('a made picture may overlap with itself', async (t) => {
  const rig = await liveRig(t, { front: { source: { kind: 'test', label: 'box', look: 'bars' } } })
  await rig.set({ fps: 20 })
  t.is(rig.last('video').spec.replace, 'overlap')
})

test('a camera that is lost while the other one opens is nobody’s loss', async (t) => {
  const rig = await liveRig(t)
  const { generation } = rig.last('video')
  await rig.set({ 'device-position': 'back' })
  await rig.fail('video', {}, generation)
  t.deepEqual(rig.codes, [])
  t.is(setting(rig.last('video').spec, 'camera', 'device'), '/dev/video2')
  t.is(rig.runs('video').length, 1)
  rig.goLive('video')
  t.deepEqual(rig.codes, [1003, 1007, 1008])
})

test('the other camera that can’t be opened is told by its own name', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ 'device-position': 'back' })
  await rig.fail('video', { kind: 'device-busy' })
  t.like(rig.causeOf(-1301), { kind: 'device-busy', device: '/dev/video2', position: 'back' })
  t.is(setting(rig.last('video').spec, 'label', 'text'), 'Camera not available: busy (/dev/video2)')
})

test('a camera that fails while the other is looked up does not put it off', async (t) => {
  const rig = await liveRig(t, quick)
  let open = (): void => {}
  rig.gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const switched = rig.set({ 'device-position': 'back' })
  await settled()
  await rig.fail('video', {}, 1)
  open()
  await switched
  t.deepEqual(rig.codes, [])
  t.is(setting(rig.last('video').spec, 'camera', 'device'), '/dev/video2')
})

test('a look-up that throws is a camera that fails', async (t) => {
  const rig = await startRig(t)
  rig.gate = Promise.reject(new Error('EIO: i/o error'))
  await rig.set({ 'device-position': 'back' })
  t.like(rig.causeOf(-1301), { kind: 'device-failed', detail: 'Error: EIO: i/o error' })
  rig.gate = Promise.resolve()
  await rig.set({ 'device-position': 'front' })
  t.is(shows(rig.last('video')), 'camera')
})
