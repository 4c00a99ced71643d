/** GStreamer's words for what happens to a real device, and what they are taken for. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { laneFailure } from '../../firmware/media/engine/lane/lane-failures.js'
import type { Teardown } from '../support/teardown.js'
import { waitFor } from '../support/wait-for.js'
import { inTheMachine } from './support/in-the-machine.js'
import { plugInCard, unplugCard } from './support/loopback.js'
import { control, nodeOf, plugIn, unplug, vividFront } from './support/vivid.js'

interface Capture {
  /** until frames come */
  readonly runs: () => Promise<unknown>
  /** what it is taken for, once it has failed */
  readonly failure: () => Promise<string>
}

/** The source as the box has it, into nothing. */
const capture = (t: Teardown, ...source: readonly string[]): Capture => {
  const child = spawn('gst-launch-1.0', [...source, '!', 'fakesink', 'sync=false', 'silent=false', '-v'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  let frames = 0
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    frames += text.split('chain').length - 1
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    runs: () =>
      waitFor(() => frames > 5 || (errors !== '' && Promise.reject(new Error(errors))), { what: 'frames' }),
    failure: async () => {
      const [, element = '', message = ''] = await waitFor(
        // The reason is in the lines after the first.
        () => isOver && /ERROR: from element \/GstPipeline:pipeline0\/\S+?:(\S+): ([\s\S]*)/.exec(errors),
        { what: 'an error' },
      )
      const said = { _src_element_name: element, message: message.slice(0, 400) }
      return laneFailure(said as unknown as Parameters<typeof laneFailure>[0], element).kind
    },
  }
}

const caps = 'video/x-raw,width=320,height=180,framerate=15/1'

inTheMachine('a camera that is pulled out, disconnected, broken or busy', async (t) => {
  await plugIn()
  t.teardown(plugIn)
  const camera = async (): Promise<Capture> =>
    capture(t, 'v4l2src', `device=${await nodeOf(vividFront)}`, '!', caps)

  const first = await camera()
  await first.runs()
  t.is(await (await camera()).failure(), 'device-busy')
  await control(vividFront, 'disconnect', 1)
  t.is(await first.failure(), 'device-lost')

  const second = await camera()
  await second.runs()
  await control(vividFront, 'inject_fatal_streaming_error', 1)
  t.is(await second.failure(), 'device-lost')

  const third = await camera()
  await third.runs()
  await unplug()
  t.is(await third.failure(), 'device-lost')
  t.is(await capture(t, 'v4l2src', 'device=/dev/video0', '!', caps).failure(), 'device-missing')
})

inTheMachine('a microphone that is busy, or whose card is pulled out', async (t) => {
  t.teardown(plugInCard)
  await plugInCard()
  const microphone = (): Capture => capture(t, 'alsasrc', 'device=hw:CARD=Loopback,DEV=1,SUBDEV=0')
  const first = microphone()
  await first.runs()
  t.is(await microphone().failure(), 'device-busy')
  await Promise.all([unplugCard(), first.failure().then((kind) => t.is(kind, 'device-lost'))])
  t.is(await microphone().failure(), 'device-missing')
})
