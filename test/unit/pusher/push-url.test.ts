import { inspect } from 'node:util'
import test from 'ava'
import { maskUrl, parsePushUrl } from '../../../firmware/pusher/push-url.js'

const legal: readonly {
  readonly text: string
  readonly host: string
  readonly port: number
  readonly app: string
  readonly stream: string
  readonly shown: string
  readonly revealed?: string
}[] = [
  {
    text: 'rtmp://example.org/live/key',
    host: 'example.org',
    port: 1935,
    app: 'live',
    stream: 'key',
    shown: 'rtmp://example.org/live/***',
  },
  {
    text: 'rtmps://example.org/live/key',
    host: 'example.org',
    port: 443,
    app: 'live',
    stream: 'key',
    shown: 'rtmps://example.org/live/***',
  },
  {
    text: 'RTMP://Example.ORG:19350/Live/Key?txSecret=abc&txTime=5F',
    host: 'example.org',
    port: 19350,
    app: 'Live',
    stream: 'Key?txSecret=abc&txTime=5F',
    shown: 'rtmp://example.org:19350/Live/***',
    revealed: 'rtmp://example.org:19350/Live/Key?txSecret=abc&txTime=5F',
  },
  {
    text: 'rtmp://192.0.2.7:1935/app/instance/key',
    host: '192.0.2.7',
    port: 1935,
    app: 'app',
    stream: 'instance/key',
    shown: 'rtmp://192.0.2.7/app/***',
  },
  {
    text: 'rtmp://[2001:DB8::1]:444/live/key',
    host: '2001:db8::1',
    port: 444,
    app: 'live',
    stream: 'key',
    shown: 'rtmp://[2001:db8::1]:444/live/***',
    revealed: 'rtmp://[2001:db8::1]:444/live/key',
  },
  {
    text: 'rtmp://user:pass@example.org/live/key',
    host: 'example.org',
    port: 1935,
    app: 'live',
    stream: 'key',
    shown: 'rtmp://example.org/live/***',
  },
  {
    text: 'rtmp://example.org/live?sign=secret/key',
    host: 'example.org',
    port: 1935,
    app: 'live',
    stream: '?sign=secret/key',
    shown: 'rtmp://example.org/live/***',
  },
  {
    text: 'rtmp://直播.example/live/钥匙%20x',
    host: 'xn--z6ut02b.example',
    port: 1935,
    app: 'live',
    stream: '钥匙%20x',
    shown: 'rtmp://xn--z6ut02b.example/live/***',
    revealed: 'rtmp://xn--z6ut02b.example/live/钥匙%20x',
  },
  {
    text: 'rtmp://a_b.local/live/key!$&()*+,;=@:~',
    host: 'a_b.local',
    port: 1935,
    app: 'live',
    stream: 'key!$&()*+,;=@:~',
    shown: 'rtmp://a_b.local/live/***',
  },
]

for (const one of legal) {
  test(`reads ${one.text}`, (t) => {
    const parsed = parsePushUrl(one.text)
    if (!parsed.ok) return t.fail(parsed.problem)
    const { url } = parsed
    t.is(url.host, one.host)
    t.is(url.port, one.port)
    t.is(url.app, one.app)
    t.is(url.stream, one.stream)
    t.is(url.scheme, /^rtmps:/i.test(one.text) ? 'rtmps' : 'rtmp')
    t.is(url.reveal(), one.revealed ?? one.text)
    t.is(url.toString(), one.shown)
    t.is(maskUrl(one.text), one.shown)
  })
}

const illegal: readonly (readonly [text: string, problem: RegExp])[] = [
  ['', /is empty/],
  ['rtmp', /must start with rtmp/],
  ['example.org/live/key', /must start with rtmp/],
  ['http://example.org/live/key', /must start with rtmp/],
  ['rtmpt://example.org/live/key', /must start with rtmp/],
  ['rtmp:/example.org/live/key', /must start with rtmp/],
  ['rtmp：//example.org/live/key', /must start with rtmp/],
  ['xrtmp://example.org/live/key', /must start with rtmp/],
  ['room://1', /must start with rtmp/],
  ['file:///etc/passwd', /must start with rtmp/],
  ['rtmp://', /has no host/],
  ['rtmp:///live/key', /has no host/],
  ['rtmp://:1935/live/key', /has no host/],
  ['rtmp://user:pass@/live/key', /has no host/],
  ['rtmp://example.org', /no application/],
  ['rtmp://example.org/', /no application/],
  ['rtmp://example.org//key', /no application/],
  ['rtmp://example.org?live/key', /no application/],
  ['rtmp://example.org/live', /no stream name/],
  ['rtmp://example.org/live/', /no stream name/],
  ['rtmp://example.org/live//', /no stream name/],
  ['rtmp://example.org/live/?sign=1', /no stream name/],
  ['rtmp://example.org/live?sign=1', /no stream name/],
  ['rtmp://example.org:/live/key', /illegal port/],
  ['rtmp://example.org:0/live/key', /illegal port/],
  ['rtmp://example.org:65536/live/key', /illegal port/],
  ['rtmp://example.org:-1/live/key', /illegal port/],
  ['rtmp://example.org:19e2/live/key', /illegal port/],
  ['rtmp://example.org:1935:1/live/key', /illegal host/],
  ['rtmp://[::1/live/key', /illegal host/],
  ['rtmp://[::1]x/live/key', /illegal host/],
  ['rtmp://[::g]/live/key', /illegal host/],
  ['rtmp://[]/live/key', /illegal host/],
  ['rtmp://[fe80::1%25eth0]/live/key', /illegal host/],
  ['rtmp://::1/live/key', /illegal host; an IPv6/],
  ['rtmp://-a/live/key', /illegal host/],
  ['rtmp://a..b/live/key', /illegal host/],
  ['rtmp://a,b/live/key', /illegal host/],
  ['rtmp://a%41/live/key', /illegal host/],
  [`rtmp://${'a'.repeat(64)}/live/key`, /illegal host/],
  [`rtmp://${'a.'.repeat(130)}a/live/key`, /illegal host/],
  ['rtmp://a@b@example.org/live/key', /more than one "@"/],
  ['rtmp://x/a ! filesink location=/etc/passwd', /white space/],
  ['rtmp://x/a/b ! filesink location=/etc/passwd', /white space/],
  [' rtmp://example.org/live/key', /white space/],
  ['rtmp://example.org/live/key\n', /white space/],
  ['rtmp://example.org/live/key live=1', /white space/],
  ['rtmp://example.org/live/ke\u3000y', /white space/],
  ['rtmp://example.org/live/ke\u0000y', /control/],
  ['rtmp://example.org/live/ke\u009fy', /control/],
  ['rtmp://example.org/live/ke\u200by', /control/],
  ['rtmp://example.org/live/ke\u202ey', /control/],
  ['rtmp://example.org/live/ke\ud800y', /control/],
  ['rtmp://example.org/live/"key"', /quote/],
  ["rtmp://example.org/live/'key'", /quote/],
  ['rtmp://example.org/live/`key`', /quote/],
  ['rtmp://example.org/live\\key', /backslash/],
  ['rtmp://example.org/live/key#x', /"#"/],
  ['rtmp://example.org/live/key%', /"%"/],
  ['rtmp://example.org/live/key%zz', /"%"/],
  ['rtmp://example.org/live/key%0a', /encoded control/],
  ['rtmp://example.org/live/key%00', /encoded control/],
  ['rtmp://example.org/live/key%7F', /encoded control/],
  [`rtmp://example.org/live/${'k'.repeat(2048)}`, /longer than 2048/],
]

for (const [text, problem] of illegal) {
  test(`refuses ${JSON.stringify(text).slice(0, 80)} (${problem.source})`, (t) => {
    const parsed = parsePushUrl(text)
    if (parsed.ok) return t.fail('was accepted')
    t.regex(parsed.problem, problem)
    t.is(maskUrl(text), text === '' ? '' : '***')
  })
}

test('takes exactly 2048 characters', (t) => {
  const start = 'rtmp://example.org/live/'
  t.true(parsePushUrl(start + 'k'.repeat(2048 - start.length)).ok)
  t.false(parsePushUrl(start + 'k'.repeat(2049 - start.length)).ok)
})

test('a trailing newline of the pattern engine lets nothing through', (t) => {
  t.false(parsePushUrl('rtmp://example.org\n/live/key').ok)
  t.false(parsePushUrl('rtmp://example.org:1935\n/live/key').ok)
})

test('does not show the secret when it is printed, inspected, copied or turned into JSON', (t) => {
  const parsed = parsePushUrl('rtmp://user:hunter2@example.org/live/topsecret?sign=shh')
  if (!parsed.ok) return t.fail(parsed.problem)
  const { url } = parsed
  const prints = [
    `${url}`,
    JSON.stringify({ url }),
    inspect(url, { showHidden: true, depth: 9, getters: false }),
    JSON.stringify({ ...url }),
    JSON.stringify(Object.entries(url)),
    JSON.stringify(structuredClone(url)),
  ]
  for (const print of prints) t.notRegex(print, /hunter2|topsecret|shh|user/)
  t.regex(url.reveal(), /hunter2.*topsecret.*shh/)
})

test('a problem never quotes the text', (t) => {
  for (const [text] of illegal) {
    const parsed = parsePushUrl(text)
    if (!parsed.ok && text.length > 8) t.false(parsed.problem.includes(text))
  }
})
