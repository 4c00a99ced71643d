import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { tempDir } from '../../support/temp-dir.js'
import { livePusher } from './command.js'

test('--help names every command and every exit code', async (t) => {
  const { code, out, error } = await livePusher(['--help'])
  t.is(code, 0)
  t.is(error, '')
  for (const word of [
    'run',
    'check-config FILE',
    'probe',
    'version',
    ' 0 ',
    ' 64 ',
    ' 69 ',
    ' 70 ',
    ' 78 ',
  ]) {
    t.true(out.includes(word), word)
  }
  for (const line of out.split('\n')) t.true(line.length <= 80, line)
})

for (const [command, words] of [
  [
    'run',
    [
      '--config FILE',
      '--url URL',
      'process list',
      'LIVE_PUSHER_URL',
      '--url-file FILE',
      '--camera SPEC',
      '--test',
      'SIGTERM',
    ],
  ],
  ['check-config', ['live-pusher check-config FILE', 'FILE:LINE']],
  ['probe', ['--json', '--config FILE', '69']],
  ['version', ['Usage: live-pusher version']],
] as const) {
  test(`${command} --help tells its options`, async (t) => {
    const { code, out } = await livePusher([command, '--help'])
    t.is(code, 0)
    for (const word of words) t.true(out.replaceAll(/\s+/g, ' ').includes(word), word)
    for (const line of out.split('\n')) t.true(line.length <= 80, line)
  })
}

for (const [title, args, message] of [
  ['no command', [], 'a command is missing'],
  ['an unknown command', ['prob'], 'prob is not a command; did you mean probe?'],
  ['an unknown option', ['run', '--camra', 'test'], '--camra is not an option; did you mean --camera?'],
  ['a prototype as an option', ['run', '--constructor', 'x'], '--constructor is not an option'],
  ['an option without its value', ['run', '--config'], '--config needs a FILE'],
  ['an option in place of a value', ['run', '--url', '--test'], '--url needs a URL'],
  ['an option twice', ['run', '--name', 'a', '--name', 'b'], '--name is given twice'],
  ['a value for a switch', ['probe', '--json=yes'], '--json takes no value'],
  ['a word too many', ['version', 'please'], 'please is one word too many'],
  ['a missing file', ['check-config'], 'FILE is missing'],
  [
    'options that exclude each other',
    ['run', '--test', '--camera', 'none'],
    '--test and --camera or --microphone exclude each other',
  ],
] as const) {
  test(`${title} is a usage error, code 64`, async (t) => {
    const { code, out, error } = await livePusher(args)
    t.is(code, 64)
    t.is(out, '')
    t.true(error.startsWith(`live-pusher: ${message}`), error)
  })
}

test('does not print an address that was typed in the wrong place', async (t) => {
  const { code, error } = await livePusher(['rtmp://host/app/hunter2'])
  t.is(code, 64)
  t.notRegex(error, /hunter2/)
})

test('version prints the version of the package', async (t) => {
  for (const args of [['version'], ['--version']]) {
    const { code, out } = await livePusher(args)
    t.is(code, 0)
    t.regex(out, /^live-pusher \d+\.\d+\.\d+ \(Node 2\d\./)
  }
})

test('check-config says ok, or every problem with file and line and code 78', async (t) => {
  const file = join(await tempDir(t), 'config.yaml')
  await writeFile(file, 'name: stage\n')
  t.deepEqual(await livePusher(['check-config', file]), { code: 0, out: `${file}: ok\n`, error: '' })
  await writeFile(file, 'name: Stage\nattributes:\n  max-bitrate: fast\n  url: "rtmp://host/hunter2"\n')
  const { code, out } = await livePusher(['check-config', file])
  t.is(code, 78)
  const lines = out.trimEnd().split('\n')
  t.is(lines.length, 3)
  t.true(lines[0]?.startsWith(`${file}:1: name must consist of`))
  t.true(lines[1]?.startsWith(`${file}:3: attributes.max-bitrate must be`))
  t.notRegex(out, /hunter2/)
})

test('check-config of a missing file is code 78', async (t) => {
  const { code, out } = await livePusher(['check-config', '/nowhere/config.yaml'])
  t.is(code, 78)
  t.is(out, "/nowhere/config.yaml: can't be read: there is no such file\n")
})

test('probe lists what there is and what would be used', async (t) => {
  const { code, out } = await livePusher(['probe'])
  t.true(code === 0 || code === 69, out)
  for (const word of [
    'Board',
    'Cameras',
    '  front: ',
    '  back: ',
    'Microphones',
    'H.264 encoders',
    '  encoder: ',
  ]) {
    t.true(out.includes(word), word)
  }
})

test('probe --json is the same for programs', async (t) => {
  const { out } = await livePusher(['probe', '--json'])
  const found = JSON.parse(out)
  t.is(typeof found.board.id, 'string')
  t.is(typeof found.cameras.front.spec, 'string')
  t.is(typeof found.microphone.chosen.why, 'string')
  t.true(found.encoders.some(({ element }: { element: string }) => element === 'x264enc'))
})

test('probe without an encoder is code 69, and says what is missing', async (t) => {
  const bin = await tempDir(t)
  await writeFile(join(bin, 'gst-inspect-1.0'), '#!/bin/sh\nexit 1\n')
  await chmod(join(bin, 'gst-inspect-1.0'), 0o755)
  const none = await livePusher(['probe'], { environment: { PATH: `${bin}:${process.env.PATH}` } })
  t.is(none.code, 69)
  t.regex(none.out, /x264enc {2}software: not installed \(Debian: gstreamer1.0-plugins-ugly\)/)
  const without = await livePusher(['probe'], { environment: { PATH: await tempDir(t) } })
  t.is(without.code, 69)
  t.regex(without.out, /gst-inspect-1.0 is missing/)
})

test('probe --config chooses as the configuration asks, or says what is wrong with it', async (t) => {
  const file = join(await tempDir(t), 'config.yaml')
  await writeFile(file, 'board: raspberry-pi-4\ncameras: { front: "clip:a.mp4" }\n')
  const { out } = await livePusher(['probe', '--json', '--config', file])
  const found = JSON.parse(out)
  t.is(found.board.id, 'raspberry-pi-4')
  t.deepEqual(found.cameras.front, { spec: `clip:${join(file, '..', 'a.mp4')}`, why: 'as configured' })
  t.is(found.microphone.chosen.spec, 'clip')
  await writeFile(file, 'bord: auto\n')
  t.is((await livePusher(['probe', '--config', file])).code, 78)
})

test('run names the problems of options and of files, starts nothing and exits with 78', async (t) => {
  const folder = await tempDir(t)
  const empty = join(folder, 'empty')
  await writeFile(empty, '\n')
  for (const [args, message] of [
    [['--camera', '/dev/video0'], '--camera: write v4l2:/dev/video0'],
    [['--name', 'Two Words'], '--name: must consist of'],
    [['--url', 'http://host/hunter2'], '--url: must start with rtmp:// or rtmps://'],
    [['--url-file', join(folder, 'none')], "--url-file: the file can't be read (ENOENT)"],
    [['--url-file', empty], '--url-file: the first line of the file is empty'],
    [
      ['--config', join(folder, 'none.yaml')],
      `${join(folder, 'none.yaml')}: can't be read: there is no such file`,
    ],
  ] as const) {
    const { code, out, error } = await livePusher(['run', '--state-dir', folder, ...args])
    t.is(code, 78, error)
    t.is(out, '')
    t.true(error.startsWith(`live-pusher: ${message}`), error)
    t.notRegex(error, /hunter2/)
  }
})

test('run takes the address from the environment when no option gives one', async (t) => {
  const folder = await tempDir(t)
  const environment = { LIVE_PUSHER_URL: 'http://host/hunter2' }
  const { code, error } = await livePusher(['run', '--state-dir', folder], { environment })
  t.is(code, 78)
  t.true(error.startsWith('live-pusher: LIVE_PUSHER_URL: must start with rtmp://'), error)
  t.notRegex(error, /hunter2/)
  const option = await livePusher(['run', '--state-dir', folder, '--url', 'ftp://x'], { environment })
  t.true(option.error.startsWith('live-pusher: --url: '), option.error)
})

test('a file with an address on its first line is read', async (t) => {
  const folder = await tempDir(t)
  await mkdir(join(folder, 'state'))
  await writeFile(join(folder, 'url'), 'rtmp://host/app\nsecond line\n')
  const { code, error } = await livePusher([
    'run',
    '--state-dir',
    join(folder, 'state'),
    '--url-file',
    join(folder, 'url'),
  ])
  t.is(code, 78)
  t.regex(error, /^live-pusher: --url-file: has no stream name/)
})
