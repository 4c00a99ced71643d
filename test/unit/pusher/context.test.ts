import test from 'ava'
import {
  type CallRule,
  callOrder,
  failMessage,
  type Method,
  methodNames,
  methods,
  okMessage,
  type PhaseName,
  parseCommand,
  refusals,
  refuse,
  refuseAttributes,
} from '../../../firmware/pusher/context.js'

const working = [
  'start',
  'stop',
  'pause',
  'resume',
  'enterBackground',
  'exitBackground',
  'switchCamera',
  'snapshot',
  'sendMessage',
  'setMICVolume',
  'toggleTorch',
  'getMaxZoom',
  'setZoom',
  'playBGM',
  'pauseBGM',
  'resumeBGM',
  'stopBGM',
  'setBGMVolume',
  'startPreview',
  'stopPreview',
  'setAttributes',
] as const
const unsupported = [
  'applyFilter',
  'clearFilters',
  'exitPictureInPicture',
  'applySticker',
  'clearStickers',
  'applyBlusherStickMakeup',
  'applyEyeBrowMakeup',
  'applyEyeShadowMakeup',
  'applyFaceContourMakeup',
  'applyLipStickMakeup',
  'clearMakeups',
  'createOffscreenCanvas',
  'onCustomRendererEvent',
] as const

test('has every method of the specification and setAttributes', (t) => {
  t.deepEqual(methodNames.toSorted(), [...working, ...unsupported].toSorted())
})

for (const method of [
  ...['start', 'stop', 'pause', 'resume', 'enterBackground', 'exitBackground', 'switchCamera'],
] as const) {
  test(`${method} takes no options`, (t) => {
    for (const options of [undefined, null, {}]) {
      t.deepEqual(parseCommand(method, options), { ok: true, command: { method } })
    }
    t.deepEqual(parseCommand(method, { url: 'rtmp://a/b/c', x: 1 }), {
      ok: false,
      errCode: -2,
      errMsg: `operateLivePusher:fail url is not an option; ${method} takes no options (and 1 more)`,
      problems: [
        { path: 'url', message: `is not an option; ${method} takes no options` },
        { path: 'x', message: `is not an option; ${method} takes no options` },
      ],
    })
    for (const options of ['', 'x', 0, 1, true, [], [1], Number.NaN, () => 1]) {
      const parsed = parseCommand(method, options)
      t.false(parsed.ok)
      if (!parsed.ok) t.is(parsed.errCode, -2)
    }
  })
}

test('snapshot has defaults for both options', (t) => {
  const snapshot = (quality: string, sourceType: string) => ({
    ok: true,
    command: { method: 'snapshot', quality, sourceType },
  })
  t.deepEqual<unknown, unknown>(parseCommand('snapshot', undefined), snapshot('raw', 'stream'))
  t.deepEqual<unknown, unknown>(parseCommand('snapshot', null), snapshot('raw', 'stream'))
  t.deepEqual<unknown, unknown>(
    parseCommand('snapshot', { quality: 'compressed' }),
    snapshot('compressed', 'stream'),
  )
  t.deepEqual<unknown, unknown>(
    parseCommand('snapshot', { quality: 'raw', sourceType: 'view' }),
    snapshot('raw', 'view'),
  )
})

test('snapshot reports all bad options together', (t) => {
  t.deepEqual(parseCommand('snapshot', { quality: 'best', sourceType: 1, path: '/etc/passwd' }), {
    ok: false,
    errCode: -2,
    errMsg: 'operateLivePusher:fail quality must be one of raw, compressed (and 2 more)',
    problems: [
      { path: 'quality', message: 'must be one of raw, compressed' },
      { path: 'sourceType', message: 'must be one of stream, view' },
      { path: 'path', message: 'is not an option; snapshot takes quality, sourceType' },
    ],
  })
})

test('the names of object internals are unknown options', (t) => {
  const parsed = parseCommand('snapshot', JSON.parse('{"__proto__":{"quality":"x"},"constructor":1}'))
  t.false(parsed.ok)
})

test('setAttributes gives the values that were read', (t) => {
  t.deepEqual(parseCommand('setAttributes', { maxBitrate: '1500', muted: 'true' }), {
    ok: true,
    command: { method: 'setAttributes', values: { 'max-bitrate': 1500, muted: true } },
  })
  t.deepEqual(parseCommand('setAttributes', {}), {
    ok: true,
    command: { method: 'setAttributes', values: {} },
  })
})

test('setAttributes needs an object', (t) => {
  for (const options of [undefined, null, 'x', 1, []]) {
    const parsed = parseCommand('setAttributes', options)
    t.like(parsed, {
      ok: false,
      errCode: -2,
      problems: [{ path: '', message: 'must be an object of attributes' }],
    })
  }
})

test('setAttributes refuses bad attributes with -2', (t) => {
  const parsed = parseCommand('setAttributes', { fps: 31, url: 'http://x' })
  t.like(parsed, { ok: false, errCode: -2 })
  if (!parsed.ok) {
    t.deepEqual(
      parsed.problems?.map((problem) => problem.path),
      ['fps', 'url'],
    )
    t.is(parsed.errMsg, 'operateLivePusher:fail fps must be a whole number from 1 to 30 (and 1 more)')
  }
})

test('setAttributes refuses an address with the code of an illegal address', (t) => {
  const parsed = parseCommand('setAttributes', { url: 'rtmp://x/a ! filesink location=/etc/passwd' })
  t.like(parsed, { ok: false, errCode: -1313 })
  if (!parsed.ok) {
    t.is(parsed.problems?.[0]?.path, 'url')
    t.notRegex(parsed.errMsg, /filesink/)
  }
})

test('attributes that do not go together are refused with -2', (t) => {
  t.is(refuseAttributes([{ path: 'video-width', message: 'must be set' }]).errCode, -2)
  t.is(refuseAttributes([]).errCode, -2)
})

for (const method of unsupported) {
  test(`${method} is not supported on this device, and says why`, (t) => {
    t.deepEqual(parseCommand(method, { path: 'x' }), {
      ok: false,
      errCode: -4,
      errMsg: `operateLivePusher:fail not supported on this device: ${methods[method].reason}`,
    })
  })
}

test('an unknown method is refused and the nearest one named', (t) => {
  t.deepEqual(parseCommand('strat', {}), {
    ok: false,
    errCode: -3,
    errMsg: 'operateLivePusher:fail unknown method; did you mean start?',
  })
  for (const method of [
    '',
    '__proto__',
    'constructor',
    'toString',
    '开始',
    'x'.repeat(100_000),
    '$(reboot)',
  ]) {
    t.like(parseCommand(method, {}), {
      ok: false,
      errCode: -3,
      errMsg: 'operateLivePusher:fail unknown method',
    })
  }
})

test('every refusal has its own number', (t) => {
  const numbers = Object.values(refusals).map((refusal) => refusal.errCode)
  t.is(new Set(numbers).size, numbers.length)
  t.deepEqual(numbers, [-1, -2, -3, -4, -5, -6, -7, -9, -10, -11, -12, -1313, 10001, 10002, 10003])
})

test('replies have the words of the component', (t) => {
  t.is(okMessage, 'operateLivePusher:ok')
  t.is(failMessage('no'), 'operateLivePusher:fail no')
  t.deepEqual(refuse('busy'), {
    ok: false,
    errCode: -6,
    errMsg: 'operateLivePusher:fail busy with too many commands',
  })
})

/** Spec 6.4; do, ok, store, fail. */
const order: Readonly<Record<PhaseName, Readonly<Partial<Record<Method, CallRule>>>>> = {
  idle: {
    start: 'do',
    stop: 'ok',
    pause: 'fail',
    resume: 'fail',
    switchCamera: 'store',
    snapshot: 'fail',
    setAttributes: 'store',
    startPreview: 'do',
    playBGM: 'fail',
    sendMessage: 'fail',
  },
  preview: {
    start: 'do',
    stop: 'do',
    pause: 'fail',
    resume: 'fail',
    switchCamera: 'do',
    snapshot: 'do',
    setAttributes: 'do',
    startPreview: 'ok',
    playBGM: 'do',
    sendMessage: 'fail',
  },
  connecting: {
    start: 'ok',
    stop: 'do',
    pause: 'do',
    resume: 'fail',
    switchCamera: 'do',
    snapshot: 'do',
    setAttributes: 'do',
    startPreview: 'ok',
    playBGM: 'do',
    sendMessage: 'fail',
  },
  pushing: {
    start: 'ok',
    stop: 'do',
    pause: 'do',
    resume: 'fail',
    switchCamera: 'do',
    snapshot: 'do',
    setAttributes: 'do',
    startPreview: 'ok',
    playBGM: 'do',
    sendMessage: 'do',
  },
  paused: {
    start: 'fail',
    stop: 'do',
    pause: 'ok',
    resume: 'do',
    switchCamera: 'store',
    snapshot: 'do',
    setAttributes: 'do',
    startPreview: 'fail',
    playBGM: 'do',
    sendMessage: 'do',
  },
  failed: {
    start: 'do',
    stop: 'do',
    pause: 'fail',
    resume: 'fail',
    switchCamera: 'do',
    snapshot: 'do',
    setAttributes: 'do',
    sendMessage: 'fail',
  },
}

test('the background is entered and left where a pause is', (t) => {
  for (const rules of Object.values(callOrder)) {
    t.is(rules.enterBackground, rules.pause)
    t.is(rules.exitBackground, rules.resume)
  }
})

for (const [phase, row] of Object.entries(order)) {
  test(`the order of calls while ${phase}`, (t) => {
    t.like(callOrder[phase as PhaseName], row)
  })
}

test('every method has a rule in every phase; unsupported ones always fail', (t) => {
  for (const phase of Object.values(callOrder)) {
    t.deepEqual(Object.keys(phase).toSorted(), methodNames.toSorted())
    for (const method of unsupported) t.is(phase[method], 'fail')
  }
})

test('setZoom takes tenths from 1 on, and names the field otherwise', (t) => {
  for (const zoom of [1, 1.1, 2.3, 7.9, 10])
    t.deepEqual(parseCommand('setZoom', { zoom }), { ok: true, command: { method: 'setZoom', zoom } })
  for (const zoom of [0, 0.9, -1, 1.05, 1.0001, Number.NaN, Number.POSITIVE_INFINITY, '2', null, undefined])
    t.like(parseCommand('setZoom', { zoom }), {
      ok: false,
      errCode: -2,
      problems: [
        { path: 'zoom', message: 'must be a number from 1 to what getMaxZoom tells, in steps of 0.1' },
      ],
    })
})
