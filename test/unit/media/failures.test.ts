import test from 'ava'
import type { BusMessage } from 'gstreamer-superficial'
import { laneFailure, launchFailure } from '../../../firmware/media/engine/lane/lane-failures.js'
import { outputCause } from '../../../firmware/media/engine/rtmp/rtmp-failures.js'

const error = (element: string, message: string, debug = ''): BusMessage => ({
  type: 'error',
  _src_element_name: element,
  message,
  debug,
})

test('a camera or microphone that fails says why', (t) => {
  const table: readonly [kind: string, message: string, debug: string][] = [
    ['device-busy', "Device '/dev/video0' is busy", ''],
    [
      'device-busy',
      'Could not open audio device for recording. Device is being used by another application.',
      'Device or resource busy',
    ],
    [
      'device-denied',
      "Could not open device '/dev/video0' for reading and writing.",
      'system error: Permission denied',
    ],
    ['device-missing', "Cannot identify device '/dev/video9'.", 'system error: No such file or directory'],
    ['format-unsupported', 'Internal data stream error.', 'streaming stopped, reason not-negotiated (-4)'],
    ['device-lost', 'Could not read from resource.', 'gst_v4l2_buffer_pool_poll (): poll error 1'],
    ['device-lost', 'Could not read from resource.', 'poll error 1: No such device (19)'],
    ['device-failed', 'Something new', ''],
  ]
  for (const [kind, message, debug] of table)
    t.deepEqual(laneFailure(error('camera', message, debug), 'camera'), {
      part: 'source',
      kind,
      element: 'camera',
      detail: message,
    })
})

test('what comes after the picture is the encoder’s fault', (t) => {
  for (const element of ['encoder', 'parse', 'mux', 'aacparse0', 'x264enc0']) {
    const { part, kind } = laneFailure(error(element, 'Device or resource busy'), 'camera')
    t.deepEqual({ part, kind }, { part: 'encoder', kind: 'encoder-failed' }, element)
  }
  for (const element of ['crop', 'videorate0', 'volume', 'camera'])
    t.is(laneFailure(error(element, 'Internal data stream error.'), 'camera').part, 'source', element)
})

test('an encoder that does not take the picture is told from one that fails', (t) => {
  const refused = error(
    'encoder',
    'Internal data stream error.',
    'streaming stopped, reason not-negotiated (-4)',
  )
  t.is(laneFailure(refused, 'camera').kind, 'format-unsupported')
})

test('a source keeps its failure whatever it is called', (t) => {
  t.is(laneFailure(error('encamera', 'is busy'), 'encamera').kind, 'device-busy')
})

test('a message without words and an endless one are both bearable', (t) => {
  const { detail } = laneFailure({ type: 'error', _src_element_name: 'camera' }, 'camera')
  t.is(detail, 'no message')
  t.is(String(laneFailure(error('camera', 'x'.repeat(5000)), 'camera').detail).length, 300)
})

test('a push that fails says why', (t) => {
  const table: readonly [kind: string, message: string, debug?: string][] = [
    [
      'dns',
      'Error resolving “nowhere.invalid”: Name or service not known',
      'domain g-resolver-error-quark, code 0',
    ],
    ['refused', 'Connection refused: Could not connect to 127.0.0.1: Connection refused'],
    ['unreachable', 'Could not connect to 10.0.0.1: No route to host'],
    ['unreachable', 'Could not connect to 10.0.0.1: Network is unreachable'],
    ['tls', 'Unacceptable TLS certificate'],
    ['handshake', 'Short read (want 3073 have 0)', 'g-io-error-quark, code 34'],
    ['timeout', 'Socket I/O timed out', 'g-io-error-quark, code 24'],
    ['rejected', "'connect' cmd failed: connection closed remotely"],
    ['rejected', 'publish denied: stream already exists'],
    ['closed', 'Connection error: connection closed remotely', 'g-io-error-quark, code 44'],
    ['reset', 'Error receiving data: Connection reset by peer', 'g-io-error-quark, code 44'],
    ['reset', 'Error sending data: Broken pipe'],
    ['output-failed', 'Something new'],
  ]
  for (const [kind, message, debug] of table)
    t.is(outputCause(error('sink', message, debug)).kind, kind, message)
})

test('the address of a push is never in its failure', (t) => {
  for (const scheme of ['rtmp', 'RTMPS'])
    t.deepEqual(outputCause(error('sink', `Could not open ${scheme}://host/app/key?sign=1 for writing`)), {
      kind: 'output-failed',
      detail: 'Could not open rtmp://*** for writing',
    })
  const late = outputCause(error('sink', `${'x'.repeat(290)} rtmp://host/app/key`))
  t.false(String(late.detail).includes('key'))
  t.is(String(late.detail).length, 300)
})

test('elements that could not be linked: a format that one of them refuses; else one is missing', (t) => {
  t.like(launchFailure('could not link shot to encoder'), {
    part: 'encoder',
    kind: 'format-unsupported',
    element: 'encoder',
  })
  t.like(launchFailure('could not link camera to videorate0, can’t handle caps'), {
    part: 'source',
    kind: 'format-unsupported',
  })
  t.like(launchFailure('no element "x264enc"'), { part: 'encoder', kind: 'element-missing' })
})
