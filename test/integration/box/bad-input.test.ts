/** What people and strangers may send or write: refused with the field, nothing changed, nothing broken. */
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import test from 'ava'
import { attributeNames } from '../../../firmware/pusher/attributes.js'
import type { StatusEvent } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { type Reply, type RunningBox, startBox } from '../../support/box.js'
import { spawnBox } from '../../support/box-process.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'
import { receivedUntil } from './pushing.js'

const few = aFewAtOnce(3)

/** Values that are wrong for every attribute. */
const wrong: readonly unknown[] = [
  { a: 1 },
  [[1]],
  'no-such-value',
  'x".;!|$(reboot)',
  '𝓍'.repeat(3_000),
  12_345.678,
  -1e308,
]

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

/** One after the other would take long, all at once would be too many for the box's line of commands. */
const inGroups = async <Item, Result>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = []
  for (let at = 0; at < items.length; at += 40)
    results.push(...(await Promise.all(items.slice(at, at + 40).map(ask))))
  return results
}

const paths = (reply: Reply): string[] => (reply.problems ?? []).map(({ path }) => path)

test(
  'every attribute with every kind of wrong value: the reply names the field, nothing changes',
  few(async (t) => {
    const box = await startBox(t)
    const before = box.attributes()
    const cases = attributeNames.flatMap((name) => wrong.map((value) => ({ name, value })))
    const replies = await inGroups(cases, async ({ name, value }) => ({
      name,
      value,
      reply: await box.set({ [name]: value }),
    }))
    for (const { name, value, reply } of replies) {
      const title = `${name}: ${JSON.stringify(value).slice(0, 40)}`
      t.like(reply, { ok: false, errCode: name === 'url' ? -1313 : -2 }, title)
      t.deepEqual(paths(reply), [name], title)
      t.true(reply.errMsg?.includes(name) === true && reply.errMsg.length < 600, title)
    }
    const all = Object.fromEntries(attributeNames.map((name) => [camel(name), { a: 1 }]))
    const whole = await box.set({ ...all, 'no-such-attribute': 1 })
    t.deepEqual(new Set(paths(whole)), new Set([...attributeNames.map(camel), 'no-such-attribute']))

    // one wrong value spoils the rest
    t.false((await box.set({ fps: 20, 'max-bitrate': 'fast' })).ok)
    t.true((await box.set({})).ok)
    t.deepEqual(box.attributes(), before)
    t.is(box.state()?.state, 'idle')
  }),
)

test(
  'addresses that are none, or more than one thing: -1313, and nothing is started or written',
  few(async (t) => {
    const folder = await tempDir(t)
    const canary = join(folder, 'canary')
    const addresses = [
      `rtmp://x/a/b ! filesink location=${canary}`,
      `rtmp://x/a/b" ! filesink location="${canary}`,
      `rtmp://x/a/b' ! filesink location='${canary}`,
      `rtmp://x/a/b\nx`,
      'rtmp://x/a/b\u0000',
      'rtmp://x/a/b%0d%0aFCPublish',
      `rtmp://x/a/\`touch ${canary}\``,
      'rtmp://x/a/b timeout=9999',
      'rtmp://x/a/b"c',
      "rtmp://x/a/b'c",
      'rtmp://x/a/`id`',
      'rtmp://x/a/b\\c',
      'rtmp://user@evil@x/a/b',
      'rtmp://[::1/a/b',
      'rtmp://x:99999/a/b',
      'rtmp://$(id)/a/b',
      'rtmp://x',
      'rtmp:///a/b',
      'rtmp://x//b',
      'http://x/a/b',
      `file://${canary}`,
      'rtmpt://x/a/b',
      'RTMP:/x/a/b',
      '‮rtmp://x/a/b',
      `rtmp://x/a/${'b'.repeat(3_000)}`,
    ]
    const box = await startBox(t)
    t.like(await box.request('start'), { ok: false, errCode: -1313 })
    t.is((await box.code(-1313)).cause?.kind, 'url-missing')
    for (const reply of await inGroups(addresses, (url) => box.set({ url, autopush: true }))) {
      t.like(reply, { ok: false, errCode: -1313 })
      t.deepEqual(paths(reply), ['url'])
      t.false(reply.errMsg?.includes('canary'), 'an address may be secret')
    }
    await box.code(-1313, { nth: addresses.length + 1 })
    t.true(box.messages<StatusEvent>('event/statechange').every(({ code }) => code === -1313))
    t.like(box.state(), { state: 'idle', url: '', session: 0 })
    t.is(box.attributes()?.url, '')
    t.false(existsSync(canary))
    t.false(box.output().includes('canary'))
  }),
)

test(
  'what a launch line, a shell and librtmp would read goes to the server as it is',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const stream = 'a!filesink$(id)|b;c&d={e}~*(f)?sign=a,b:c@d/e+g[h]%20'
    const box = await startBox(t)
    t.true((await box.set({ url: ingest.url(stream) })).ok)
    t.true((await box.request('start')).ok)
    const session = await ingest.session(1, { messages: 30 })
    t.is(`${session.app}/${session.stream}`, `live/${stream}`)
    t.deepEqual(faultsOf(session), [])
    const said = box.received
      .filter(({ topic }) => topic !== 'attributes/set')
      .map(({ payload }) => payload.toString())
    t.false([...said, box.output()].join().includes('sign='), 'the stream name is secret')
    t.is(box.state()?.url, `rtmp://127.0.0.1:${ingest.port}/live/***`)
  }),
)

/** The answer to a request that is not JSON of our making, or has no id. */
const answer = async (box: RunningBox, topic: string, payload: string): Promise<Reply> => {
  const { length } = box.messages('reply')
  await box.client.publishAsync(`${box.base}/${topic}`, payload, { qos: 1 })
  return waitFor(() => box.messages<Reply>('reply')[length], { what: `the reply on ${topic}` })
}

test(
  'large, deep and odd requests: one refusal each',
  few(async (t) => {
    const box = await startBox(t)
    const sized = (bytes: number): string => `{"fps":12${' '.repeat(bytes - 10)}}`
    t.like(await answer(box, 'attributes/set', sized(65_536)), { ok: true })
    t.like(await answer(box, 'attributes/set', sized(65_537).replace('12', '13')), { ok: false, errCode: -2 })
    t.is(box.attributes()?.fps, 12)
    const refusals: readonly (readonly [topic: string, payload: string, errCode: number])[] = [
      ['attributes/set', '', -2],
      ['attributes/set', '{"fps":', -2],
      ['attributes/set', '[]', -2],
      ['attributes/set', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, -2],
      ['attributes/set', '{"__proto__":{"fps":1},"constructor":1}', -2],
      ['command/snapshot', '{"quality":"../../etc/passwd"}', -2],
      ['command/snapshot', '{"path":"/etc/passwd"}', -2],
      ['command/start', '{"url":"rtmp://x/a/b"}', -2],
      ['command/start', '{"id":17}', -2],
      ['command/start', `{"id":"${'i'.repeat(65)}"}`, -2],
      ['command/__proto__', '', -3],
      ['command/constructor', '', -3],
      ['command/setAttributes', '{"fps":1}', -3],
      ['command/../stop', '', -3],
      [`command/${'m'.repeat(2_000)}`, '', -3],
      ['command/', '', -3],
    ]
    for (const [topic, payload, errCode] of refusals) {
      const reply = await answer(box, topic, payload)
      t.like(reply, { ok: false, errCode }, `${topic} ${payload.slice(0, 40)}`)
      t.true(reply.method.length <= 64 && (reply.errMsg?.length ?? 0) < 600)
    }
    t.is(box.attributes()?.fps, 12)
    t.is(box.state()?.state, 'idle')
    const { id } = (await box.request('stop', { id: '../../x"<b>' })) as Reply
    t.is(typeof id, 'string')
  }),
)

/** Without the tidying up of paths that fetch does. */
const statusOf = (base: string, path: string): Promise<number> =>
  withDeadline(
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(base)
      get({ hostname, port, path }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }).on('error', reject)
    }),
    { what: `an answer to ${path}` },
  )

test(
  'snapshots are found by their ids only',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const box = await startBox(t, { config: { attributes: { url: ingest.url() } } })
    await box.request('start')
    await box.code(1008)
    const { result } = await box.request('snapshot')
    t.is(await statusOf(box.httpUrl, String(result?.path)), 200)
    const id = String(result?.id)
    for (const path of [
      '/snapshots/../attributes.json',
      '/snapshots/../../config.yaml',
      '/snapshots/..%2f..%2fconfig.yaml',
      '/snapshots/%2e%2e/attributes.json',
      `/snapshots/../snapshots/../pushing.json`,
      `/snapshots/${id}.jpg%00`,
      `/snapshots/.${id}.partial`,
      `/snapshots/${id}`,
      '/snapshots/',
      '/snapshots//etc/passwd.jpg',
      `/snapshots/${'a'.repeat(65)}.jpg`,
    ])
      t.true([400, 404].includes(await statusOf(box.httpUrl, path)), path)
  }),
)

test(
  'markup, quotes and launch syntax in the name of a device: text in the slate, and nothing else',
  few(async (t) => {
    const folder = await tempDir(t)
    const canary = join(folder, 'canary')
    const file = join(folder, `<span size="99999">&amp;<b>' ! filesink location=${canary} "%H %s 🎥 ‮.mp4`)
    const ingest = await startRtmpIngest(t)
    const box = await startBox(t, {
      config: { cameras: { front: `clip:${file}`, back: 'test' }, attributes: { url: ingest.url() } },
    })
    t.true((await box.request('start')).ok)
    t.like((await box.code(-1301)).cause, { kind: 'device-missing', device: file })
    const session = await ingest.session(1, { messages: 1 })
    await receivedUntil(session, performance.now() + 2_000)
    t.deepEqual(faultsOf(session), [])
    t.true(framesOf(session, 'video').length >= 8, 'the slate goes on')
    const { result } = await box.request('snapshot')
    t.true(
      Number(result?.bytes) > 9_000,
      `the words are in the picture; an empty one has half: ${result?.bytes}`,
    )
    t.false(existsSync(canary))
    t.deepEqual(box.codes().filter(({ code }) => code < 0).length, 1)
  }),
)

for (const name of [
  'küche',
  'box\u202eexe',
  '<b>box</b>',
  'box"name',
  'a/b',
  '../box',
  'box+',
  '#',
  '',
  'BOX',
  'x'.repeat(33),
])
  test(
    `a box can't be called ${JSON.stringify(name)}`,
    few(async (t) => {
      const box = await spawnBox(t, { config: { name } })
      t.is(await withDeadline(box.exited, { what: 'the box to end' }), 78)
      t.regex(box.errors(), /config\.yaml:1: name must /)
    }),
  )
