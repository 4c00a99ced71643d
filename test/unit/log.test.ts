import test from 'ava'
import { createLog, type LogLevel } from '../../firmware/log.js'

const setUp = ({ level = 'info', text = false }: { level?: LogLevel; text?: boolean } = {}) => {
  const lines: string[] = []
  const log = createLog({ level, text, write: (line) => lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> }
}

test('writes one JSON line with level, time, sentence and details', (t) => {
  const { log, lines, last } = setUp()
  log.warn({ attempt: 2 }, 'the server refused')
  t.is(lines.length, 1)
  t.true(lines[0]?.endsWith('\n'))
  const { time, ...rest } = last()
  t.deepEqual(rest, { level: 'warn', attempt: 2, msg: 'the server refused' })
  t.true(Math.abs(Number(time) - Date.now()) < 60_000)
})

test('leaves out what is below its level', (t) => {
  const { log, lines } = setUp({ level: 'warn' })
  log.debug({}, 'a')
  log.info({}, 'b')
  log.warn({}, 'c')
  log.error({}, 'd')
  t.is(lines.length, 2)
})

test("a child's details stand in its every line", (t) => {
  const { log, last } = setUp()
  log.child({ part: 'mqtt', password: 'hunter2' }).child({ client: 'phone' }).info({ n: 1 }, 'connected')
  t.like(last(), { part: 'mqtt', password: '***', client: 'phone', n: 1 })
})

test('shows no secret, wherever it stands', (t) => {
  const { log, lines } = setUp({ level: 'debug' })
  const url = 'rtmp://host/app/hunter2?sign=hunter2'
  log.info(
    { url, token: 'hunter2', mqttPassword: 'hunter2', nested: { list: [{ secret: 'hunter2' }] } },
    `pushing to ${url}`,
  )
  log.error({ error: new Error(`no answer from ${url}`, { cause: new Error(url) }) }, 'lost')
  log.debug(
    { broker: 'mqtts://user:hunter2@broker/', page: 'https://x/y?token=hunter2', text: `"${url}"` },
    'x',
  )
  log.child({ url }).info({}, 'x')
  t.notRegex(lines.join(''), /hunter2/)
  t.like(JSON.parse(lines[0] ?? ''), {
    url: 'rtmp://host/app/***',
    token: '***',
    msg: 'pushing to rtmp://host/app/***',
  })
  t.like(JSON.parse(lines[2] ?? ''), { broker: 'mqtts://***@broker/', page: 'https://x/y?***' })
})

test('leaves public addresses alone', (t) => {
  const { log, last } = setUp()
  log.info({ preview: 'http://127.0.0.1:8080/preview.flv' }, 'x')
  t.is(last().preview, 'http://127.0.0.1:8080/preview.flv')
})

test('says what an error is, with its fields and its cause', (t) => {
  const { log, last } = setUp()
  const error = Object.assign(new Error('no space', { cause: new Error('ENOSPC') }), { kind: 'storage-full' })
  log.error({ error }, 'could not be stored')
  t.like(last().error, {
    name: 'Error',
    message: 'no space',
    kind: 'storage-full',
    cause: { message: 'ENOSPC' },
  })
})

test('takes cycles, bytes and functions without harm', (t) => {
  const { log, last } = setUp()
  const cycle: Record<string, unknown> = { bytes: new Uint8Array(1000), big: 10n, call: () => 1 }
  cycle.self = cycle
  log.info(cycle, 'x')
  t.like(last(), { bytes: '1000 bytes', big: '10' })
})

test('for a terminal it writes one line of text', (t) => {
  const { log, lines } = setUp({ text: true })
  log.info({ session: 1, reason: 'two words', error: new Error('a\nb') }, 'pushing began')
  t.is(lines.length, 1)
  t.regex(lines[0] ?? '', /^\d\d:\d\d:\d\d\.\d{3} info {2}pushing began session=1 reason="two words" error=/)
  t.is(lines[0]?.split('\n').length, 2)
})
