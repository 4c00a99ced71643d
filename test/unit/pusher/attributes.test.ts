import test from 'ava'
import {
  type AttributeName,
  type Attributes,
  attributeNamed,
  attributeNames,
  camelCase,
  checkTogether,
  defaultAttributes,
  effectiveBitrates,
  effectNote,
  entryOf,
  parseAttributes,
  publicAttributes,
} from '../../../firmware/pusher/attributes.js'
import { presets } from '../../../firmware/pusher/presets.js'

interface Case {
  readonly name: AttributeName
  readonly fallback: unknown
  /** accepted as they are */
  readonly legal: readonly unknown[]
  /** accepted in another spelling: written → read */
  readonly read?: readonly (readonly [unknown, unknown])[]
  readonly illegal: readonly unknown[]
  readonly applies: 'live' | 'encoder' | 'session' | 'fixed'
  readonly effect: 'works' | 'stored' | 'none'
}

/** No attribute takes any of these. */
const neverLegal: readonly unknown[] = [
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  {},
  { valueOf: 1 },
  [1],
  [null],
  [['push']],
  'x'.repeat(2049),
  'x'.repeat(1_000_000),
  '\u0000',
  '\ud800',
  ' ! filesink location=/etc/passwd',
  '"; rm -rf / #',
  '../../etc/passwd',
  '$(reboot)',
  '真',
  '１',
  ' 1',
  '1 ',
  '0x1',
  '1e1',
  'NaN',
  'Infinity',
  '__proto__',
  'constructor',
  Symbol('x'),
  () => 1,
  10n,
]

type Expected = Pick<Case, 'applies' | 'effect'>
const works = (applies: Case['applies']): Expected => ({ applies, effect: 'works' })
const none = (applies: Case['applies']): Expected => ({ applies, effect: 'none' })

const flag = (name: AttributeName, fallback: boolean, expected: Expected): Case => ({
  name,
  fallback,
  legal: [true, false],
  read: [
    ['true', true],
    ['false', false],
  ],
  illegal: [0, 1, '', 'yes', 'TRUE', 'on', '1', []],
  ...expected,
})

const choice = (
  name: AttributeName,
  fallback: string,
  values: readonly string[],
  illegal: readonly unknown[],
  expected: Expected,
): Case => ({
  name,
  fallback,
  legal: values,
  illegal: [
    ...illegal,
    '',
    0,
    1,
    true,
    'true',
    [],
    [fallback],
    fallback.toLowerCase().toUpperCase().concat('_'),
  ],
  ...expected,
})

const number = (
  name: AttributeName,
  fallback: number | null,
  legal: readonly number[],
  illegal: readonly unknown[],
  expected: Expected,
): Case => ({
  name,
  fallback,
  legal,
  read: legal.map((value) => [String(value), value]),
  illegal: [...illegal, ...illegal.map(String), '', true, 'true', [], '1,5'],
  ...expected,
})

const cases: readonly Case[] = [
  {
    name: 'url',
    fallback: '',
    legal: ['', 'rtmp://example.org/live/key', 'rtmps://[::1]:444/live/key?sign=1'],
    illegal: [
      'rtmp://x/a ! filesink location=/etc/passwd',
      'http://x/a/b',
      'rtmp://x/a',
      'room://1',
      1,
      true,
      [],
    ],
    ...works('session'),
  },
  choice('mode', 'RTC', ['SD', 'HD', 'FHD', 'RTC', 'QVGA', 'HVGA'], ['rtc', 'UHD', 'VGA'], works('encoder')),
  flag('autopush', false, works('session')),
  flag('debug', false, works('live')),
  choice('orientation', 'vertical', ['vertical', 'horizontal'], ['portrait'], works('encoder')),
  {
    ...choice('aspect', '9:16', ['9:16', '3:4'], ['16:9', '4:3', '1:1', '9：16 '], works('encoder')),
    read: [
      ['9：16', '9:16'],
      ['3：4', '3:4'],
    ],
  },
  number('min-bitrate', 200, [1, 200, 20_000], [0, -1, 20_001, 200.5], works('live')),
  number('max-bitrate', 1000, [1, 1000, 20_000], [0, -1, 20_001, 0.1], works('live')),
  number('video-width', null, [64, 360, 1920], [0, 62, 63, 361, 1921, 1922, 100.5], works('encoder')),
  number('video-height', null, [64, 640, 1920], [0, 62, 65, 641, 1921, 1922, 100.5], works('encoder')),
  number('fps', 15, [1, 15, 30], [0, 31, 15.5, -15], works('encoder')),
  flag('enable-camera', true, works('live')),
  choice('device-position', 'front', ['front', 'back'], ['left', '/dev/video0'], works('live')),
  flag('auto-focus', true, works('live')),
  flag('zoom', false, works('live')),
  flag('mirror', false, works('live')),
  flag('remote-mirror', false, works('live')),
  choice('local-mirror', 'auto', ['auto', 'enable', 'disable'], ['enabled', 'false'], works('live')),
  flag('enableVideoCustomRender', false, none('session')),
  number('beauty', 0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [-1, 10, 0.5], works('live')),
  number('whiteness', 0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [-1, 10, 0.5], works('live')),
  choice('beauty-style', 'smooth', ['smooth', 'nature'], ['hazy', 'natural'], works('live')),
  choice(
    'filter',
    'standard',
    [
      'standard',
      'pink',
      'nostalgia',
      'blues',
      'romantic',
      'cool',
      'fresher',
      'solor',
      'aestheticism',
      'whitening',
      'cerisered',
    ],
    ['solar', 'none'],
    works('live'),
  ),
  flag('custom-effect', false, works('fixed')),
  number('skin-whiteness', 0, [0, 0.5, 1], [-0.1, 1.1, 2], works('live')),
  number('skin-smoothness', 0, [0, 0.5, 1], [-0.1, 1.1, 2], works('live')),
  number('face-thinness', 0, [0, 0.5, 1], [-0.1, 1.1, 2], none('live')),
  number('eye-bigness', 0, [0, 0.5, 1], [-0.1, 1.1, 2], none('live')),
  flag('enable-mic', true, works('live')),
  flag('muted', false, works('live')),
  choice('audio-quality', 'high', ['high', 'low'], ['medium', 48_000], works('session')),
  flag('enable-agc', false, works('live')),
  flag('enable-ans', false, works('live')),
  choice('audio-volume-type', 'auto', ['auto', 'media', 'voicecall'], ['call', 'speaker'], none('live')),
  number('audio-reverb-type', 0, [0, 1, 2, 3, 4, 5, 6, 7], [-1, 8, 12, 1.5], works('live')),
  number('voice-changer-type', 0, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11], [-1, 5, 12, 1.5], works('live')),
  flag('enable-ear-monitor', false, none('live')),
  {
    name: 'waiting-image',
    fallback: '',
    legal: ['', 'https://example.org/等.png', 'http://192.0.2.1/a.jpg?b=c'],
    illegal: [
      ...['/etc/passwd', 'file:///etc/passwd', 'https://', 'https://a b', 'ftp://a/b', 'http://[::1'],
      ...['http://user:secret@192.0.2.1/a.jpg', 'http://@/', 1, true, []],
    ],
    ...works('live'),
  },
  {
    name: 'waiting-image-hash',
    fallback: '',
    legal: ['', 'd41d8cd98f00b204e9800998ecf8427e', 'D41D8CD98F00B204E9800998ECF8427E'],
    illegal: ['d41d', 'g41d8cd98f00b204e9800998ecf8427e', 'd41d8cd98f00b204e9800998ecf8427e0', 1, true, []],
    ...works('live'),
  },
  flag('background-mute', false, none('live')),
  {
    name: 'picture-in-picture-mode',
    fallback: '',
    legal: ['', 'push', 'pop', [], ['push'], ['pop'], ['push', 'pop'], ['pop', 'push']],
    illegal: ['off', ['off'], ['push', 'push'], [''], ['push', 'pop', 'push'], 1, true],
    ...none('live'),
  },
]

const accepted = (t: { fail(message: string): never }, input: unknown): Partial<Attributes> => {
  const parsed = parseAttributes(input)
  return parsed.ok ? parsed.values : t.fail(JSON.stringify(parsed.problems))
}

const problemsOf = (t: { fail(message: string): never }, input: unknown) => {
  const parsed = parseAttributes(input)
  return parsed.ok ? t.fail('was accepted') : parsed.problems
}

test('has every attribute of the specification and no other', (t) => {
  t.deepEqual(attributeNames.toSorted(), cases.map((one) => one.name).toSorted())
})

for (const one of cases) {
  test(`${one.name}: default, legal values, other spellings, illegal values`, (t) => {
    t.deepEqual(defaultAttributes[one.name], one.fallback as never)
    t.deepEqual(accepted(t, { [one.name]: null }), { [one.name]: one.fallback })
    t.true(entryOf(one.name).schema.safeParse(one.fallback).success)
    for (const value of one.legal) {
      t.deepEqual(accepted(t, { [one.name]: value }), { [one.name]: value })
      t.deepEqual(accepted(t, { [camelCase(one.name)]: value }), { [one.name]: value })
    }
    for (const [written, value] of one.read ?? []) {
      t.deepEqual(accepted(t, { [one.name]: written }), { [one.name]: value })
    }
    for (const value of [...one.illegal, ...neverLegal]) {
      const problems = problemsOf(t, { [one.name]: value })
      t.is(problems.length, 1)
      t.is(problems[0]?.path, one.name)
      t.regex(problems[0]?.message ?? '', /must |allowed is /)
      t.true((problems[0]?.message.length ?? 0) < 300)
    }
  })

  test(`${one.name}: says what a change takes and whether it has an effect`, (t) => {
    const entry = entryOf(one.name)
    t.is(entry.applies, one.applies)
    t.is(entry.effect, one.effect)
    t.regex(entry.help, /^[A-Z].*\.$/)
    t.regex(entry.helpZh, /\p{Script=Han}.*。$/u)
    t.regex(entry.since ?? '1.0.0', /^\d+\.\d+\.\d+$/)
    t.is(entry.reason !== undefined, one.effect === 'none')
    const note = effectNote(one.name)
    if (one.effect === 'works') t.is(note, undefined)
    if (one.effect === 'stored') t.is(note, 'validated and stored, no effect yet')
    if (one.effect === 'none') t.is(note, `no effect on this device: ${entry.reason}`)
  })
}

test('turns kebab-case into camelCase', (t) => {
  t.is(camelCase('picture-in-picture-mode'), 'pictureInPictureMode')
  t.is(camelCase('waiting-image-md5'), 'waitingImageMd5')
  t.is(camelCase('enableVideoCustomRender'), 'enableVideoCustomRender')
})

test('knows the aliases, in both spellings', (t) => {
  const hash = 'd41d8cd98f00b204e9800998ecf8427e'
  t.deepEqual(accepted(t, { 'waiting-image-md5': hash }), { 'waiting-image-hash': hash })
  t.deepEqual(accepted(t, { waitingImageMd5: hash }), { 'waiting-image-hash': hash })
  t.deepEqual(accepted(t, { 'enable-video-custom-render': true }), { enableVideoCustomRender: true })
  t.is(attributeNamed('maxBitrate'), 'max-bitrate')
  t.is(attributeNamed('toString'), undefined)
})

test('refuses an attribute that is given under two names', (t) => {
  t.deepEqual(problemsOf(t, { maxBitrate: 1, 'max-bitrate': 1 }), [
    { path: 'max-bitrate', message: 'is the same attribute as maxBitrate; give it once' },
  ])
  t.deepEqual(problemsOf(t, { 'waiting-image-hash': '', waitingImageMd5: '' }), [
    { path: 'waitingImageMd5', message: 'is the same attribute as waiting-image-hash; give it once' },
  ])
})

test('names the nearest known attribute for an unknown one', (t) => {
  const messageFor = (name: string) => problemsOf(t, { [name]: 1 })[0]?.message
  t.is(messageFor('max-bitrat'), 'is not an attribute; did you mean max-bitrate?')
  t.is(messageFor('Muted'), 'is not an attribute; did you mean muted?')
  t.is(messageFor('custom-effects'), 'is not an attribute; did you mean custom-effect?')
  t.is(messageFor('MAXBITRATE'), 'is not an attribute; did you mean maxBitrate?')
  t.is(messageFor('video_width'), 'is not an attribute; did you mean video-width?')
  t.is(messageFor('völlig anders'), 'is not an attribute')
})

test('reports all problems together, each under the name as it was written', (t) => {
  const problems = problemsOf(t, { maxBitrate: 'much', fps: 31, muted: 'maybe', colour: 1, mode: 'HD' })
  t.deepEqual(
    problems.map((problem) => problem.path),
    ['maxBitrate', 'fps', 'muted', 'colour'],
  )
  t.is(problems[1]?.message, 'must be a whole number from 1 to 30')
})

test('shortens an endless name and does not look at endless input', (t) => {
  const [long] = problemsOf(t, { ['x'.repeat(60_000)]: 1 })
  t.is(long?.path, `${'x'.repeat(64)}…`)
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`name${index}`, index]))
  t.deepEqual(problemsOf(t, many), [{ path: '', message: 'must have at most 200 names' }])
})

test('does not read an endless string as a number', (t) => {
  t.deepEqual(accepted(t, { fps: '0030' }), { fps: 30 })
  t.is(problemsOf(t, { fps: `${'0'.repeat(3000)}30` })[0]?.path, 'fps')
})

test('takes plain objects only', (t) => {
  class Box {}
  for (const input of [undefined, null, 1, 'fps', true, [], [{ fps: 1 }], new Box(), new Map(), () => 1]) {
    t.deepEqual(problemsOf(t, input), [{ path: '', message: 'must be an object of attributes' }])
  }
  t.deepEqual(accepted(t, {}), {})
  t.deepEqual(accepted(t, Object.assign(Object.create(null), { fps: 1 })), { fps: 1 })
})

test('refuses the names of object internals and pollutes nothing', (t) => {
  const input = JSON.parse('{"__proto__":{"fps":1},"constructor":{},"toString":1,"hasOwnProperty":1}')
  t.is(problemsOf(t, input).length, 4)
  t.false('fps' in {})
})

test('never shows the address in a problem', (t) => {
  const text = JSON.stringify(problemsOf(t, { url: 'rtmp://user:pass@host/live/secret key' }))
  t.notRegex(text, /secret|pass|user/)
})

test('reads a negative zero as zero', (t) => {
  t.true(Object.is(accepted(t, { beauty: -0 }).beauty, 0))
  t.true(Object.is(accepted(t, { 'eye-bigness': '-0' })['eye-bigness'], 0))
})

test('never throws and never lets an illegal value through, for 10,000 random inputs', (t) => {
  const random = generator(20_240_601)
  for (let round = 0; round < 10_000; round++) {
    const input = randomInput(random)
    const parsed = parseAttributes(input)
    if (!parsed.ok) {
      if (parsed.problems.length === 0) t.fail(`refused without a problem: ${JSON.stringify(input)}`)
      continue
    }
    const all: Attributes = { ...defaultAttributes, ...parsed.values }
    for (const name of attributeNames) {
      if (!entryOf(name).schema.safeParse(all[name]).success) t.fail(`${name}: ${JSON.stringify(input)}`)
    }
    checkTogether(all)
    publicAttributes(all)
  }
  t.pass()
})

test('width and height go together', (t) => {
  const withSize = (width: number | null, height: number | null) =>
    checkTogether({ ...defaultAttributes, 'video-width': width, 'video-height': height }).map(
      (one) => one.path,
    )
  t.deepEqual(withSize(null, null), [])
  t.deepEqual(withSize(360, 640), [])
  t.deepEqual(withSize(360, null), ['video-height'])
  t.deepEqual(withSize(null, 640), ['video-width'])
})

test('custom effects need custom-effect, which can not be switched off again', (t) => {
  const off: Attributes = { ...defaultAttributes, 'skin-whiteness': 0.5, 'eye-bigness': 1 }
  t.deepEqual(
    checkTogether(off).map((problem) => problem.path),
    ['skin-whiteness', 'eye-bigness'],
  )
  const on: Attributes = { ...off, 'custom-effect': true }
  t.deepEqual(checkTogether(on), [])
  t.deepEqual(checkTogether(on, defaultAttributes), [])
  t.deepEqual(checkTogether(on, on), [])
  t.deepEqual(
    checkTogether(defaultAttributes, on).map((problem) => problem.path),
    ['custom-effect'],
  )
})

test('a minimum bitrate above the maximum counts as the maximum', (t) => {
  t.deepEqual(checkTogether({ ...defaultAttributes, 'min-bitrate': 5000 }), [])
  t.deepEqual(effectiveBitrates({ 'min-bitrate': 5000, 'max-bitrate': 1000 }), {
    minKbps: 1000,
    maxKbps: 1000,
  })
  t.deepEqual(effectiveBitrates({ 'min-bitrate': 200, 'max-bitrate': 1000 }), { minKbps: 200, maxKbps: 1000 })
})

test('shows every attribute, the address masked', (t) => {
  const shown = publicAttributes({
    ...defaultAttributes,
    url: 'rtmp://u:p@example.org/live/key?sign=1',
    fps: 25,
  })
  t.deepEqual(Object.keys(shown), [...attributeNames])
  t.is(shown.url, 'rtmp://example.org/live/***')
  t.is(shown.fps, 25)
  t.is(publicAttributes(defaultAttributes).url, '')
})

test('the defaults can not be changed by accident', (t) => {
  t.true(Object.isFrozen(defaultAttributes))
  t.deepEqual(checkTogether(defaultAttributes), [])
})

test('every preset is legal and says what the specification recommends', (t) => {
  const rows = Object.entries(presets).map(([name, { values }]) => {
    t.deepEqual(accepted(t, values), values)
    t.deepEqual(checkTogether({ ...defaultAttributes, ...values }), [])
    return [name, values.mode, values['min-bitrate'], values['max-bitrate'], values['audio-quality']]
  })
  t.deepEqual(rows, [
    ['sd-live', 'SD', 300, 800, 'high'],
    ['hd-live', 'HD', 600, 1200, 'high'],
    ['fhd-live', 'FHD', 600, 1800, 'high'],
    ['service-user', 'RTC', 200, 500, 'high'],
    ['insurance-owner', 'RTC', 200, 1200, 'high'],
    ['meeting-speaker', 'RTC', 200, 1000, 'high'],
    ['meeting-listener', 'RTC', 150, 300, 'low'],
  ])
})

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function randomInput(random: () => number): unknown {
  if (random() < 0.1) return randomJson(random, 3)
  const names = [...attributeNames, ...attributeNames.map(camelCase), '__proto__', 'constructor', '', '名']
  const entries = Array.from({ length: Math.floor(random() * 4) }, () => {
    const name = names[Math.floor(random() * names.length)] ?? ''
    return `${JSON.stringify(name)}:${JSON.stringify(randomValue(random))}`
  })
  return JSON.parse(`{${entries.join(',')}}`)
}

function randomValue(random: () => number): unknown {
  const known = cases[Math.floor(random() * cases.length)]
  const values = [...(known?.legal ?? []), ...(known?.illegal ?? [])]
  return random() < 0.6 ? values[Math.floor(random() * values.length)] : randomJson(random, 2)
}

function randomJson(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 0 ? 7 : 5))
  if (kind === 0) return null
  if (kind === 1) return random() < 0.5
  if (kind === 2) return Math.round((random() - 0.3) * 10 ** Math.floor(random() * 20))
  if (kind === 3) return (random() - 0.5) * 40
  if (kind === 4) {
    const codes = Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() ** 3 * 0xffff))
    return String.fromCharCode(...codes)
  }
  const items = Array.from({ length: Math.floor(random() * 4) }, () => randomJson(random, depth - 1))
  return kind === 5 ? items : Object.fromEntries(items.map((item, index) => [`key${index}`, item]))
}
