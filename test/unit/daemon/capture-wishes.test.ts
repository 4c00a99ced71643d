import test from 'ava'
import { waitFor } from '../../support/wait-for.js'
import { liveRig, missing, Rig, setting, settled, shows, startRig, usualElements } from './capture-rig.js'

test('nothing is asked for before somebody wants it and the media process is up', async (t) => {
  const rig = new Rig({})
  t.teardown(() => rig.capture.stop())
  await rig.want('camera')
  t.deepEqual([rig.sent, rig.looked], [[], []])
  await rig.capture.mediaUp(usualElements)
  t.deepEqual([...rig.runs('video'), ...rig.runs('audio')].map(shows), ['camera', 'mic'])
})

test('the picture is what the attributes ask for', async (t) => {
  const rig = await startRig(t, {
    attributes: { mode: 'HD', orientation: 'horizontal', fps: 25, 'max-bitrate': 1200 },
  })
  t.deepEqual(rig.looked[0], { position: 'front', picture: { width: 960, height: 540, fps: 25 } })
  t.deepEqual(rig.last('video').spec.facts, { width: 960, height: 540, fps: 25, kbps: 1200 })
  t.like(rig.capture.facts, {
    encoder: 'x264enc',
    picture: { width: 960, height: 540, fps: 25 },
    slate: false,
  })
})

test('other limits of the bitrate are the rate controller’s, whatever the encoder', async (t) => {
  for (const encoder of ['x264enc', 'v4l2h264enc']) {
    const rig = await liveRig(t, { encoders: [encoder], elements: [...usualElements, encoder] })
    t.like(rig.last('video').spec.pace, { encoder, limits: { minKbps: 200, maxKbps: 1_000 } })
    await rig.set({ 'max-bitrate': 700, 'min-bitrate': 900 })
    t.deepEqual(rig.runs('video'), [])
    t.deepEqual(rig.take('limits'), [
      {
        type: 'limits',
        limits: {
          mode: 'RTC',
          minKbps: 700,
          maxKbps: 700,
          audioKbps: 64,
          width: 360,
          height: 640,
          fps: 15,
        },
      },
    ] as never)
  }
})

test('what the rate controller does to the picture is told, and shown in the state', async (t) => {
  const rig = await liveRig(t)
  const cause = { kind: 'uplink-slow', fromKbps: 1_000, toKbps: 300 }
  const step = { width: 270, height: 480, fps: 15, effort: 'normal', helped: 0 } as const
  await rig.decide({ targetKbps: 300, step, events: [{ code: 1006, cause }] })
  t.deepEqual(rig.told.at(-1), { code: 1006, cause })
  t.like(rig.capture.facts.picture, { width: 270, height: 480, fps: 15 })
  t.deepEqual(rig.runs('video'), [])
  await rig.set({ 'enable-camera': false })
  rig.goLive('video')
  t.like(rig.capture.facts.picture, { width: 360, height: 640, fps: 5 })
})

test('a machine that is too slow gets a quicker preset, and the usual one back', async (t) => {
  const rig = await liveRig(t)
  const step = { width: 360, height: 640, fps: 10, helped: 2 } as const
  await rig.decide({ targetKbps: 1_000, step: { ...step, effort: 'least' }, events: [] })
  t.regex(rig.last('video').spec.launch, /speed-preset=ultrafast/)
  rig.goLive('video')
  await rig.decide({ targetKbps: 1_000, step: { ...step, effort: 'normal' }, events: [] })
  t.notRegex(rig.last('video').spec.launch, /speed-preset=ultrafast/)
})

test('a hardware encoder that ignores its rate is started with it, a software encoder left alone', async (t) => {
  const disobeys = { askedKbps: 400, encodedKbps: 990 }
  const step = { width: 360, height: 640, fps: 15, effort: 'normal', helped: 0 } as const
  const restarted = async (encoder: string) => {
    const rig = await liveRig(t, { encoders: [encoder], elements: [...usualElements, encoder] })
    await rig.decide({ targetKbps: 400, step, events: [], disobeys })
    return rig.runs('video')
  }
  const [run] = await restarted('v4l2h264enc')
  t.regex(run?.spec.launch ?? '', /video_bitrate=400000,/)
  t.deepEqual(await restarted('x264enc'), [])
})

test('attributes that the capture side does not know change nothing', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ beauty: 5, debug: true, url: 'rtmp://h/a/b' })
  t.deepEqual([...rig.runs('video'), ...rig.runs('audio')], [])
})

test('the waiting image stands while the camera is closed on purpose, and only then', async (t) => {
  const file = '/state/waiting-image/ab.png'
  const rig = await liveRig(t, { waitingImage: file })
  await rig.want('slate')
  const { spec } = rig.last('video')
  t.is(shows(rig.last('video')), 'image')
  t.is(setting(spec, 'image', 'location'), file)
  t.notRegex(spec.launch, /state/)
  t.like(spec.facts, { fps: 5, kbps: 40 })
  rig.goLive('video')
  t.true(rig.capture.facts.slate)
  t.deepEqual(rig.codes, [])

  rig.waitingImage = undefined
  rig.capture.waitingImageChanged()
  await settled()
  t.is(shows(rig.last('video')), 'slate')
  rig.waitingImage = file
  await rig.want('camera')
  await rig.fail('video')
  t.is(shows(rig.last('video')), 'slate', 'a lost camera is told in words')
})

test('a waiting image that can not be shown gives way to the slate, and no encoder is blamed', async (t) => {
  const rig = await liveRig(t, { waitingImage: '/state/waiting-image/ab.png' })
  await rig.want('slate')
  await rig.fail('video', { part: 'encoder', kind: 'encoder-failed' })
  t.deepEqual(rig.unshowable, ['/state/waiting-image/ab.png'])
  t.is(shows(rig.last('video')), 'slate')
  t.deepEqual(rig.codes, [])
})

test('enable-camera off closes the camera: a slate without a reason, and nothing is told', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ 'enable-camera': false })
  const { spec } = rig.last('video')
  t.is(spec.source, 'slate')
  t.is(setting(spec, 'label', 'text'), '')
  t.is(spec.facts.kbps, 40)
  rig.goLive('video')
  t.deepEqual(rig.codes, [])
  t.is(rig.looked.length, 1)
  await rig.set({ 'enable-camera': true })
  t.is(shows(rig.last('video')), 'camera')
  t.is(rig.last('video').spec.replace, 'overlap')
  rig.goLive('video')
  t.deepEqual(rig.codes, [1003, 1007, 1008])
})

test('a pause shows the slate, resume the camera', async (t) => {
  const rig = await liveRig(t)
  await rig.want('slate')
  t.is(shows(rig.last('video')), 'slate')
  t.is(setting(rig.last('video').spec, 'label', 'text'), '')
  t.false(rig.capture.facts.slate)
  rig.goLive('video')
  t.true(rig.capture.facts.slate)
  t.deepEqual(rig.codes, [])
  await rig.want('camera')
  t.is(shows(rig.last('video')), 'camera')
})

test('a resume before the slate stands closes the camera first', async (t) => {
  const rig = await liveRig(t)
  await rig.want('slate')
  await rig.want('camera')
  t.is(rig.last('video').spec.replace, 'break-first')
})

test('a camera that is missing is told again after a new wish', async (t) => {
  const rig = await startRig(t, { front: missing('/dev/video0') })
  await rig.want('slate')
  await rig.want('camera')
  t.deepEqual(rig.codes, [-1301, -1301])
})

test('a stop halts both tracks, once', async (t) => {
  const rig = await liveRig(t)
  await rig.want('nothing')
  await rig.set({ fps: 20 })
  t.deepEqual(
    rig.sent.filter(({ type }) => type !== 'set'),
    [
      { type: 'halt', track: 'video' },
      { type: 'halt', track: 'audio' },
    ],
  )
})

test('a stop during a look-up opens nothing', async (t) => {
  const rig = await liveRig(t)
  await rig.want('nothing')
  rig.sent.splice(0)
  let open = (): void => {}
  rig.gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const started = rig.want('camera')
  await settled()
  const stopped = rig.want('nothing')
  open()
  await Promise.all([started, stopped])
  t.deepEqual(rig.runs('video'), [])
})

test('events of pipelines that are gone are not told', async (t) => {
  const rig = await liveRig(t)
  const old = rig.last('video').generation
  await rig.set({ fps: 20 })
  for (const event of ['opened', 'first-frame', 'live'] as const) rig.event('video', old, event)
  await rig.fail('video', {}, old)
  await rig.fail('video', {}, 99)
  t.deepEqual(rig.codes, [])
  t.is(rig.runs('video').length, 1)
})

test('a camera that went live just before the next was asked for is known to run', async (t) => {
  const rig = await liveRig(t)
  await rig.want('slate')
  rig.goLive('video')
  await rig.want('camera')
  const front = rig.last('video').generation
  await rig.set({ 'device-position': 'back' })
  // The media process said so before it heard of the back camera.
  rig.event('video', front, 'live')
  t.false(rig.capture.facts.slate)
  await rig.fail('video', { kind: 'device-busy' })
  const slates = rig.runs('video').filter((run) => shows(run) === 'slate')
  t.is(slates.length, 2)
  await rig.set({ 'device-position': 'front' })
  t.is(rig.last('video').spec.replace, 'break-first')
})

test('a new media process gets everything anew, under new generations', async (t) => {
  const rig = await liveRig(t)
  const before = [rig.last('video').generation, rig.last('audio').generation]
  rig.capture.mediaDown()
  await rig.set({ fps: 20 })
  t.deepEqual([...rig.runs('video'), ...rig.runs('audio')], [])
  await rig.capture.mediaUp(usualElements)
  t.deepEqual([...rig.runs('video'), ...rig.runs('audio')].map(shows), ['camera', 'mic'])
  t.true(rig.last('video').generation > before[0]!)
  t.true(rig.last('audio').generation > before[1]!)
  t.is(rig.last('video').spec.replace, 'overlap')
  rig.goLive('video')
  t.deepEqual(rig.codes, [1003, 1007, 1008])
})

test('a device that failed just before the media process died is asked again', async (t) => {
  const rig = await liveRig(t, { times: { reopenMs: 60_000 } })
  await rig.fail('video')
  await rig.fail('audio')
  rig.capture.mediaDown()
  await rig.capture.mediaUp(usualElements)
  t.deepEqual([shows(rig.last('video')), shows(rig.last('audio'))], ['camera', 'mic'])
})

test('a look-up that outlives the media process is made again for the next', async (t) => {
  const rig = await liveRig(t)
  let open = (): void => {}
  rig.gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const changed = rig.set({ fps: 20 })
  await settled()
  rig.capture.mediaDown()
  open()
  await changed
  t.deepEqual(rig.runs('video'), [])
  await rig.capture.mediaUp(usualElements)
  t.deepEqual(rig.runs('video').map(shows), ['camera'])
})

test('stop is final', async (t) => {
  const rig = await startRig(t, { front: missing('/dev/video0'), times: { reopenMs: 10 } })
  rig.capture.stop()
  const looked = rig.looked.length
  rig.event('video', rig.last('video').generation, 'failed', { part: 'encoder', kind: 'x' })
  await rig.want('slate')
  await rig.set({ fps: 20 })
  // Another capture of the same kind shows that its time would have come.
  const other = await startRig(t, { front: missing('/dev/video0'), times: { reopenMs: 10 } })
  await waitFor(() => other.looked.length >= 4, { what: 'look-ups of another capture' })
  t.is(rig.looked.length, looked)
  t.is(rig.runs('video').length, 1)
  t.deepEqual(rig.codes, [-1301])
})

test('without text elements the slate has no label', async (t) => {
  const rig = await startRig(t, { front: missing('/dev/video0'), elements: ['x264enc', 'avenc_aac'] })
  t.deepEqual(rig.last('video').spec.settings, [])
  t.false(rig.last('video').spec.launch.includes('overlay'))
})

test('what the state shows is said to have changed', async (t) => {
  const rig = await startRig(t)
  let { changes } = rig
  t.true(changes > 0)
  for (const change of [() => rig.goLive('video'), () => rig.set({ fps: 20 }), () => rig.want('nothing')]) {
    await change()
    t.true(rig.changes > changes)
    changes = rig.changes
  }
})

test('a strained board limits the rate controller on the pipeline that runs', async (t) => {
  const rig = await liveRig(t, {})
  rig.take('limits')
  const relief = { level: 2, cause: { kind: 'board-hot', temperatureC: 80 } }
  rig.capture.spare(relief)
  t.like(rig.take('limits').at(-1), { limits: { spare: relief } })
  rig.capture.spare(undefined)
  t.deepEqual(
    rig.take('limits').map((message) => 'limits' in message && 'spare' in message.limits),
    [false],
  )
  t.deepEqual(rig.runs('video'), [], 'nothing is restarted')
})
