import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { discoverCameras } from '../../hw/cameras/discover.js'
import { Devices } from '../../hw/devices.js'
import { holderOf } from '../../hw/holder.js'
import { HotPlug } from '../../hw/hot-plug.js'
import type { Teardown } from '../support/teardown.js'
import { waitFor } from '../support/wait-for.js'
import { inTheMachine } from './support/in-the-machine.js'
import { loopbackMicrophone, plugInCard, unplugCard } from './support/loopback.js'
import { run } from './support/run.js'
import { nodeOf, plugIn, unplug, vividBack, vividFront } from './support/vivid.js'

const auto = { kind: 'auto' } as const
const wish = { width: 640, height: 360, fps: 15 }

const devicesOf = (): Devices =>
  new Devices({ name: 'vm', front: auto, back: auto, microphone: auto, libcamera: false })

/** The node of what is found, or the kind of why there is nothing. */
const found = async (devices: Devices, position: 'front' | 'back'): Promise<unknown> => {
  const camera = await devices.camera(position, wish)
  if ('missing' in camera) return camera.missing.kind
  return camera.source.kind === 'v4l2' ? camera.source.device : camera.source.kind
}

/** A program that has a device open until the test ends. */
const holder = async (t: Teardown, program: string, ...args: readonly string[]): Promise<number> => {
  const child = spawn(program, [...args], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return child.pid ?? 0
}

inTheMachine('two cameras with one name and one path are told apart by their addresses', async (t) => {
  await plugIn()
  const cameras = await discoverCameras()
  t.deepEqual(
    cameras.map(({ card, busInfo, usable }) => [card, busInfo, usable]),
    [
      ['vivid', vividFront, true],
      ['vivid', vividBack, true],
    ],
  )
  const sizes = cameras[0]?.formats.find(({ fourcc }) => fourcc === 'YUYV')?.sizes ?? []
  t.true(sizes.some(({ width, height, fps }) => width === 640 && height === 360 && fps.includes(15)))

  const devices = devicesOf()
  const { cameras: chosen } = await devices.decide()
  t.deepEqual(chosen.front.spec, { kind: 'named', name: vividFront })
  t.deepEqual(chosen.back.spec, { kind: 'named', name: vividBack })
  t.like(await devices.camera('back', wish), {
    source: { device: '/dev/video1', format: { encoding: 'raw', width: 640, height: 360, fps: 15 } },
  })
})

inTheMachine('a camera that comes back at another node is told by udev and found; four times', async (t) => {
  await plugIn()
  const devices = devicesOf()
  t.is(await found(devices, 'front'), '/dev/video0')
  let plugged = 0
  const hotPlug = new HotPlug({ onPlugged: () => (plugged += 1) })
  hotPlug.start()
  t.teardown(() => hotPlug.stop())
  // The watcher takes a moment to start: this event is repeated until it hears one.
  await waitFor(
    async () => {
      await run('udevadm', 'trigger', '--action=change', '/dev/video0')
      return plugged > 0
    },
    { what: 'the first event' },
  )
  await run('udevadm', 'settle')

  t.teardown(async () => {
    await run('modprobe', '-r', 'v4l2loopback')
    await plugIn()
  })
  for (let cycle = 1; cycle <= 4; cycle += 1) {
    await unplug()
    t.is(await found(devices, 'front'), 'device-missing')
    // Something else takes the first node meanwhile, every second time.
    if (cycle % 2 === 1) await run('modprobe', 'v4l2loopback', 'video_nr=0', 'devices=1', 'exclusive_caps=0')
    else await run('modprobe', '-r', 'v4l2loopback')
    await run('udevadm', 'settle')
    const before = plugged
    await plugIn()
    await waitFor(() => plugged > before, { what: `the event of cycle ${cycle}` })
    const node = await nodeOf(vividFront)
    t.is(node, cycle % 2 === 1 ? '/dev/video1' : '/dev/video0')
    t.is(await found(devices, 'front'), node)
    t.is(await found(devices, 'back'), await nodeOf(vividBack))
  }
})

inTheMachine('who has a camera or a microphone open is named', async (t) => {
  await plugIn()
  t.is(await holderOf('/dev/video0'), undefined)
  const camera = await holder(t, 'v4l2-ctl', '-d', '/dev/video0', '--stream-mmap', '--stream-to=/dev/null')
  const name = await waitFor(() => holderOf('/dev/video0'), { what: 'the holder of the camera' })
  t.is(name, `v4l2-ctl (${camera})`)

  const sound = ['-q', '-f', 'S16_LE', '-r', '48000', '-c', '2', '/dev/null']
  const microphone = await holder(t, 'arecord', '-D', 'hw:CARD=Loopback,DEV=1', ...sound)
  const device = loopbackMicrophone.slice('alsa:'.length)
  t.is(await waitFor(() => holderOf(device), { what: 'the holder' }), `arecord (${microphone})`)
  t.is(await devicesOf().holder('hw:Loopback,1'), `arecord (${microphone})`)
})

inTheMachine('a microphone keeps its name when its card is pulled out and plugged in again', async (t) => {
  t.teardown(plugInCard)
  const devices = new Devices({
    name: 'vm',
    front: auto,
    back: auto,
    microphone: { kind: 'alsa', device: 'hw:CARD=Loopback,DEV=1' },
    libcamera: false,
  })
  const heard = async (): Promise<boolean> =>
    (await run(
      'arecord',
      '-q',
      '-D',
      'hw:CARD=Loopback,DEV=1',
      '-d',
      '1',
      '-f',
      'S16_LE',
      '-r',
      '48000',
      '-c',
      '2',
      '/dev/null',
    ).then(
      () => true,
      () => false,
    )) && 'source' in (await devices.microphone('front'))
  t.true(await heard())
  await unplugCard()
  t.false(await heard())
  await plugInCard()
  await waitFor(heard, { what: 'the microphone' })
  t.pass()
})
