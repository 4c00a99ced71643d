import test from 'ava'
import { parseCommand } from '../../../firmware/pusher/context.js'
import { musicRange } from '../../../firmware/pusher/music-range.js'
import { musicUrlForms, parseMusicUrl } from '../../../firmware/pusher/music-url.js'

for (const [startMs, endMs, from, to] of [
  [undefined, undefined, 0, undefined],
  [2_000, 5_000, 2_000, 5_000],
  [-1, 0, 0, undefined],
  [10_000, -5, 0, undefined],
  [12_000, 4_000, 0, 4_000],
  [2_000, 10_000, 2_000, undefined],
  [2_000, 20_000, 2_000, undefined],
  [5_000, 4_000, 5_000, undefined],
  [5_000, 5_000, 5_000, undefined],
] as const)
  test(`of 10 s, ${startMs} to ${endMs} is ${from} to ${to ?? 'the end'}`, (t) => {
    t.deepEqual(musicRange({ startMs, endMs }, 10_000), { startMs: from, endMs: to })
  })

test('a file that does not tell its length is taken by its word', (t) => {
  t.deepEqual(musicRange({ startMs: 90_000, endMs: 95_000 }, 0), { startMs: 90_000, endMs: 95_000 })
})

test('web addresses and names in the music folder are read as they are', (t) => {
  for (const url of ['http://10.0.0.7:8000/a.mp3', 'HTTPS://example.org/a%20b.ogg?token=1#x'])
    t.deepEqual(parseMusicUrl(url), { kind: 'web', url })
  for (const name of ['a.mp3', 'Sommer 2026/Lied Nr. 3 – Ende.ogg', '月光.m4a', "it's & $(x).wav"])
    t.deepEqual(parseMusicUrl(name), { kind: 'file', name })
})

test('nothing else is one', (t) => {
  const others = [
    '',
    ' a.mp3',
    '/etc/passwd',
    '../a.mp3',
    'a/../../b.mp3',
    'a//b.mp3',
    '.hidden',
    'a/.ssh/key',
    'a\\b',
    'a\nb.mp3',
    'file:///etc/passwd',
    'rtsp://10.0.0.7/a',
    'data:audio/wav;base64,AAAA',
    'http://',
    'https://user:secret@example.org/a.mp3',
    'http://example.org/a\u0000.mp3',
    `${'a'.repeat(3_000)}.mp3`,
  ]
  for (const text of others) t.is(parseMusicUrl(text), undefined, text)
})

test('playBGM needs a url and takes times as numbers', (t) => {
  t.deepEqual(parseCommand('playBGM', { url: 'a.mp3', startTimeMs: -5 }), {
    ok: true,
    command: { method: 'playBGM', url: { kind: 'file', name: 'a.mp3' }, startTimeMs: -5 },
  })
  t.like(parseCommand('playBGM', { endTimeMs: '5' }), {
    ok: false,
    errCode: -2,
    problems: [
      { path: 'url', message: `must be ${musicUrlForms}` },
      { path: 'endTimeMs', message: 'must be a number of milliseconds' },
    ],
  })
})

test('the volume of the music is a number or its text, from 0 to 1', (t) => {
  for (const [volume, read] of [
    [0.5, 0.5],
    ['0.25', 0.25],
    ['1', 1],
    ['.5', 0.5],
    [0, 0],
  ])
    t.deepEqual(parseCommand('setBGMVolume', { volume }), {
      ok: true,
      command: { method: 'setBGMVolume', volume: read },
    })
  for (const volume of [1.01, -0.1, '1.5', '', 'loud', '1e-1', null, undefined, true])
    t.like(parseCommand('setBGMVolume', { volume }), {
      ok: false,
      errCode: -2,
      problems: [{ path: 'volume', message: 'must be a number from 0 to 1' }],
    })
})
