import test from 'ava'
import type { NetStatus } from '../../firmware/pusher/events.js'
import { Console } from '../../services/console/console.js'
import { FakeBox, goodNetStatus, idleState } from '../support/fake-box.js'

const info: NetStatus = { ...goodNetStatus, videoBitrate: 990, audioBitrate: 64, videoGOP: 1, netSpeed: 1060 }
const shown = '360x640  15 fps  video 990 kbit/s  audio 64 kbit/s  sent 1060 kbit/s  quality 1  waiting 0'
const time = new Date(2026, 0, 2, 3, 4, 5).getTime()

/** A terminal as far as it is needed: what stands on its lines. */
class Terminal {
  text = ''
  readonly live: boolean

  constructor(live: boolean) {
    this.live = live
  }

  write(text: string): void {
    this.text += text
  }

  get lines(): string[] {
    return this.text
      .replaceAll('\u001b[?7l', '')
      .replaceAll('\u001b[?7h', '')
      .split('\n')
      .map((line) => line.split('\r\u001b[K').at(-1) ?? '')
  }
}

const startConsole = (live = true) => {
  const box = new FakeBox()
  const terminal = new Terminal(live)
  const screen = new Console(box, terminal)
  screen.start()
  return { box, terminal, screen }
}

test('a code is a line with its time, name, meaning and cause', (t) => {
  const { box, terminal } = startConsole()
  box.emit('statechange', {
    code: -1301,
    name: 'PUSH_ERR_OPEN_CAMERA_FAIL',
    level: 'error',
    message: 'The camera could not be opened.',
    cause: {
      kind: 'device-missing',
      device: '/dev/video0',
      position: 'front',
      element: undefined,
      detail: '',
    },
    time,
    seq: 1,
  })
  t.deepEqual(terminal.lines, [
    '03:04:05   -1301  PUSH_ERR_OPEN_CAMERA_FAIL  The camera could not be opened.  (device-missing, device /dev/video0, position front)',
    '',
  ])
})

test('a notice is a line of its own', (t) => {
  const { box, terminal } = startConsole()
  box.emit('notice', { kind: 'pause-expired', message: 'Paused for too long.', time })
  t.deepEqual(terminal.lines, ['03:04:05  notice  pause-expired  Paused for too long.', ''])
})

test('the network status is one line that is written over', (t) => {
  const { box, terminal } = startConsole()
  for (const netSpeed of [500, 800, 1060]) box.emit('netstatus', { info: { ...info, netSpeed } })
  t.deepEqual(terminal.lines, [shown])
})

test('the live line never wraps', (t) => {
  const { box, terminal } = startConsole()
  box.emit('netstatus', { info })
  t.is(terminal.text, `\r\u001b[K\u001b[?7l${shown}\u001b[?7h`)
})

test('a line is written above the live one', (t) => {
  const { box, terminal, screen } = startConsole()
  box.emit('netstatus', { info })
  screen.line('watch rtmp://127.0.0.1/live/garden')
  t.deepEqual(terminal.lines, ['watch rtmp://127.0.0.1/live/garden', shown])
})

test('the live line goes when the box is idle', (t) => {
  const { box, terminal, screen } = startConsole()
  box.emit('netstatus', { info })
  box.emit('state', { ...idleState, state: 'pushing' })
  t.deepEqual(terminal.lines, [shown])
  box.emit('state', idleState)
  t.deepEqual(terminal.lines, [''])
  screen.line('bye')
  t.deepEqual(terminal.lines, ['bye', ''])
})

test('without a terminal every fifth network status is a line, and nothing is written over', (t) => {
  const { box, terminal } = startConsole(false)
  for (let count = 1; count <= 11; count += 1) box.emit('netstatus', { info: { ...info, videoCache: count } })
  box.emit('state', idleState)
  t.is(
    terminal.text,
    [1, 6, 11].map((count) => `${shown.replace('waiting 0', `waiting ${count}`)}\n`).join(''),
  )
})

test('what a server says neither steers the terminal nor makes a line of its own', (t) => {
  const { box, terminal } = startConsole()
  box.emit('statechange', {
    code: 3004,
    name: 'PUSH_WARNING_SERVER_DISCONNECT',
    level: 'warning',
    message: 'The server closed the connection.',
    cause: { kind: 'rejected', detail: 'no\u001b[2J\r\n03:04:05  1002  fine\u0007\u009b1m' },
    time,
    seq: 1,
  })
  t.is(terminal.text.split('\n').length, 2)
  t.notRegex(terminal.text.trimEnd(), /\p{Cc}/u)
})

test('after the stop nothing is shown any more', (t) => {
  const { box, terminal, screen } = startConsole()
  box.emit('netstatus', { info })
  t.true(box.listeners() > 0)
  screen.stop()
  t.is(box.listeners(), 0)
  t.deepEqual(terminal.lines, [''])
  box.emitStatus(1)
  box.emit('netstatus', { info })
  t.deepEqual(terminal.lines, [''])
})
