import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { checkConfigFile } from '../../../firmware/config/load.js'
import { tempDir } from '../../support/temp-dir.js'

/** Every problem as `line path message`; empty when the text is legal. */
const problemsOf = async (t: ExecutionContext, text: string | Uint8Array): Promise<string[]> => {
  const file = join(await tempDir(t), 'config.yaml')
  await writeFile(file, text)
  const checked = await checkConfigFile(file)
  return checked.ok
    ? []
    : checked.problems.map(({ line, path, message }) =>
        `${line ?? '-'} ${path} ${message}`.replace('  ', ' '),
      )
}

test('reports every problem at once, each with its line and path', async (t) => {
  const problems = await problemsOf(
    t,
    [
      'name: Bad_Name',
      'hot-switch: yes',
      'cameras:',
      '  front: /dev/video0',
      '  back: v4l2:/etc/shadow',
      'reconnect:',
      '  attempts: 12',
      '  interval-s: 1.5',
      'mqtt:',
      '  prefix: a/#',
      'log: { level: inof }',
      'media: 3',
    ].join('\n'),
  )
  t.deepEqual(
    problems.map((problem) => problem.split(' ').slice(0, 2).join(' ')),
    [
      '1 name',
      '2 hot-switch',
      '4 cameras.front',
      '5 cameras.back',
      '7 reconnect.attempts',
      '8 reconnect.interval-s',
      '10 mqtt.prefix',
      '11 log.level',
      '12 media',
    ],
  )
})

for (const [title, text, expected] of [
  [
    'an unknown key with the nearest one',
    'hotSwitch: true',
    '1 hotSwitch is not a key; did you mean hot-switch?',
  ],
  [
    'an unknown key of a section',
    'cameras: { frnt: test }',
    '1 cameras.frnt is not a key; did you mean front?',
  ],
  ['a word in place of a switch', 'keep-trying: on', '1 keep-trying must be true or false, not "on"'],
  [
    'a number that is too large',
    'reconnect: { attempts: 11 }',
    '1 reconnect.attempts must be at most 10, not 11',
  ],
  ['a fraction', 'pause-limit-s: 1.5', '1 pause-limit-s must be a whole number, not 1.5'],
  [
    'an unknown choice with the nearest',
    'encoder: x265enc',
    '1 encoder must be auto, v4l2h264enc, nvv4l2h264enc, x264enc or openh264enc, not "x265enc"; did you mean x264enc?',
  ],
  ['an empty value', 'name:', '1 name must be text, not empty'],
  ['a name that is too long', `name: ${'x'.repeat(33)}`, '1 name must be at most 32 characters, not text'],
  ['a folder that is not absolute', 'state-dir: state', '1 state-dir must be an absolute path'],
  ['a folder that climbs', 'state-dir: /var/../etc', '1 state-dir must not contain ..'],
  [
    'an attribute by its path',
    'attributes:\n  max-bitrte: 1',
    '2 attributes.max-bitrte is not an attribute; did you mean max-bitrate?',
  ],
  [
    'attributes that contradict each other',
    'attributes:\n  video-width: 640',
    '1 attributes.video-height must be set together with video-width, or both null',
  ],
  [
    'a broker address of another kind',
    'mqtt: { url: "http://x" }',
    '1 mqtt.url must start with mqtt://, mqtts://, ws:// or wss://',
  ],
  ['a user without a broker', 'mqtt: { username: u }', '1 mqtt.username has no effect without mqtt.url'],
  [
    'a certificate without its key',
    'mqtt: { url: "mqtts://b", cert-file: c }',
    '1 mqtt.cert-file has no effect without mqtt.key-file',
  ],
  [
    'a certificate without TLS',
    'mqtt: { url: "mqtt://b", ca-file: c }',
    '1 mqtt.ca-file is used with an mqtts:// or wss:// url only',
  ],
  ['two services on one port', 'http: { port: 1883 }', '1 http.port is the same port as mqtt.embedded.port'],
  [
    "a clip's sound without a clip",
    'microphone: clip',
    '1 microphone clip needs a camera that is a clip, or a file: clip:FILE',
  ],
  ['a key that is written twice', 'name: a\nname: b', '2 the key is written twice'],
  ['an alias', 'a: &a 1\nb: *a', '2 aliases (*name) are not allowed'],
  ['a tag', 'name: !secret x', '1 tags (!name) are not allowed'],
  ['a key that is a list', '? [a]\n: 1', '1 a key must be plain text'],
  ['a list in place of a map', '- a', '1 must be keys and values, e.g. "name: stage-left"'],
  ['a lone word', 'hello', '1 must be keys and values, e.g. "name: stage-left"'],
  ['an empty file', '', '- the file is empty, as after a write that was cut off; for the defaults write {}'],
  [
    'a file of blanks',
    ' \n\n',
    '- the file is empty, as after a write that was cut off; for the defaults write {}',
  ],
  ['a file of zeros, as a power cut leaves it', '\0\0\0\0', '1 contains a control character'],
  ['a bottomless text', `a: ${'['.repeat(30_000)}`, '- is nested more than 16 levels deep'],
  ['bottomless questions', '? '.repeat(30_000), '- is nested more than 16 levels deep'],
  ['the name of a prototype', '__proto__: { name: x }', undefined],
] as const) {
  test(`refuses ${title}`, async (t) => {
    const problems = await problemsOf(t, text)
    if (expected === undefined) t.true(problems.length > 0)
    else t.true(problems.includes(expected), problems.join('\n'))
  })
}

for (const [where, text] of [
  ['mqtt.embedded', (host: string) => `mqtt: { embedded: { host: "${host}" } }`],
  ['http', (host: string) => `http: { host: "${host}" }`],
] as const) {
  test(`${where} listens on addresses only, those of others among them`, async (t) => {
    for (const host of ['0.0.0.0', '192.168.1.5', '::', 'localhost'])
      t.deepEqual(await problemsOf(t, text(host)), [])
    for (const host of ['box.local', '1.2.3', '', '0.0.0.0:80'])
      t.deepEqual(await problemsOf(t, text(host)), [`1 ${where}.host must be an IP address or localhost`])
  })
}

test('refuses a file that is not text, is too large, is no file or is missing', async (t) => {
  t.deepEqual(await problemsOf(t, new Uint8Array([0xff, 0xfe, 0x00])), ['- the file is not UTF-8 text'])
  t.deepEqual(await problemsOf(t, `# ${'x'.repeat(70_000)}`), ['- the file is larger than 65536 bytes'])
  const folder = await tempDir(t)
  for (const [file, reason] of [
    [folder, "can't be read: it is not a file"],
    [join(folder, 'none.yaml'), "can't be read: there is no such file"],
    ['/dev/zero', "can't be read: it is not a file"],
  ] as const) {
    t.deepEqual(await checkConfigFile(file), { ok: false, problems: [{ path: '', message: reason }] })
  }
})

test('quotes no push address and no broker password', async (t) => {
  const problems = await problemsOf(
    t,
    'attributes:\n  url: "rtmp://host/hunter2"\nmqtt:\n  url: "mqtt://u:hunter2@host"\n  prefix: 1\n',
  )
  t.is(problems.length, 3, problems.join('\n'))
  t.notRegex(problems.join('\n'), /hunter2/)
})

test('does not judge what stands behind an error of syntax', async (t) => {
  const problems = await problemsOf(t, 'foo: 1\ncameras: { front: test\nbar: 1\n')
  t.true(problems.some((problem) => problem.startsWith('1 foo is not a key')))
  t.true(problems.some((problem) => problem.includes('is not YAML')))
  t.false(problems.some((problem) => problem.includes(' bar ')))
})

test('names a hundred problems and counts the rest', async (t) => {
  const problems = await problemsOf(t, Array.from({ length: 150 }, (_, index) => `key${index}: 1`).join('\n'))
  t.is(problems.length, 101)
  t.true(problems.includes('- and 50 more problems'))
})

for (const text of [
  '{}',
  '# only a comment\n',
  'mqtt:\n',
  'attributes:\n',
  '\ufeffname: a\r\n',
  'attributes: { maxBitrate: "800" }',
]) {
  test(`takes ${JSON.stringify(text)}`, async (t) => {
    t.deepEqual(await problemsOf(t, text), [])
  })
}

for (const [title, text, expected] of [
  ['a driver that is none', 'buttons: { driver: gpoid }', '1 buttons.driver must be '],
  ['an unknown action', 'buttons: { mute: { press: mtue } }', '1 buttons.mute.press must be '],
  ['a line that is a path', 'buttons: { mute: { line: ../x } }', '1 buttons.mute.line must be a line '],
  ['a panel without its port', 'buttons: { driver: johnny-five }', '1 buttons.port is needed by '],
  [
    'a port below no /dev',
    'buttons: { driver: johnny-five, port: /etc/x }',
    '1 buttons.port must be a serial ',
  ],
  ['a port that nobody uses', 'buttons: { port: /dev/ttyACM0 }', '1 buttons.port has no effect '],
  [
    'a key that is none',
    'buttons: { driver: keyboard, mute: { line: F1 } }',
    '1 buttons.mute.line must be a letter ',
  ],
  [
    'two uses of one line',
    'buttons: { mute: { line: 5 } }\nlights: { tally: "gpio:5" }',
    '2 lights.tally is the same line as buttons.mute.line',
  ],
  ['a light that is none', 'lights: { tally: ACT }', '1 lights.tally must be none, board, led:NAME'],
] as const)
  test(`controls: names ${title}`, async (t) => {
    const problems = await problemsOf(t, text)
    t.is(problems.length, 1, problems.join('; '))
    t.true(problems[0]?.startsWith(expected), problems[0])
  })

test('controls: buttons and lights of every kind are legal together', async (t) => {
  t.deepEqual(
    await problemsOf(
      t,
      'buttons: { driver: johnny-five, port: /dev/ttyACM0, mute: { line: A0, double: event } }\nlights: { tally: "panel:13", mute: "led:white:status" }',
    ),
    [],
  )
})
