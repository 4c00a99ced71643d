import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import mqtt from 'mqtt'
import { startBox } from '../../support/box.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

const main = fileURLToPath(new URL('../../../firmware/main.js', import.meta.url))

const outward = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address
const withNetwork = outward === undefined ? test.skip : test

withNetwork(
  'a phone that is paired commands the box from elsewhere, a viewer watches, anybody else gets nothing',
  async (t) => {
    const host = outward ?? ''
    const box = await startBox(t, { config: { http: { host: '0.0.0.0', port: 0 } } })
    const port = Number(new URL(box.httpUrl).port)
    const pair = async (...options: string[]) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [main, 'pair', '--config', box.configFile, ...options],
        { timeout: 20_000 },
      )
      const link = /http:\/\/\S+/.exec(stdout)?.[0]
      return { stdout, token: new URLSearchParams(link?.replace(/^[^#]*#/, '')).get('token') ?? '' }
    }
    const status = (path: string, headers: Record<string, string> = {}) =>
      new Promise<number>((resolve, reject) => {
        request({ host, port, path, headers, agent: false }, (response) => {
          response.destroy()
          resolve(response.statusCode ?? 0)
        })
          .on('error', reject)
          .end()
      })
    const connect = (password?: string) =>
      mqtt.connectAsync(
        `ws://${host}:${port}/mqtt`,
        { reconnectPeriod: 0, ...(password === undefined ? {} : { username: 'owner', password }) },
        false,
      )

    const owner = await pair()
    t.regex(owner.stdout, /█▀|▄/, 'a code for a phone')
    t.regex(owner.token, /^[\w-]{32}$/)
    const viewer = await pair('--viewer')
    t.not(viewer.token, owner.token)
    t.is((await pair()).token, owner.token)

    for (const path of ['/', '/box.json', '/healthz']) t.is(await status(path), 200, path)
    for (const path of ['/debug', '/metrics', '/preview.flv', '/preview', '/snapshots/a.jpg'])
      t.is(await status(path), 401, path)
    t.is(await status('/debug', { authorization: `Bearer ${viewer.token}` }), 200)
    t.is(await status('/debug', { cookie: `a=b; live-pusher=${owner.token}` }), 200)

    await t.throwsAsync(connect())
    const phone = await connect(owner.token)
    t.teardown(() => phone.endAsync(true))
    const replies: string[] = []
    phone.on('message', (_topic, payload) => replies.push(payload.toString()))
    await phone.subscribeAsync(`${box.base}/reply`)
    await phone.publishAsync(`${box.base}/attributes/set`, '{"muted":true,"id":"p"}', { qos: 1 })
    await waitFor(() => replies.some((reply) => /"id":"p".*"ok":true/.test(reply)), { what: 'the reply' })

    const watcher = await connect(viewer.token)
    t.teardown(() => watcher.endAsync(true))
    const thrownOut = new Promise<void>((resolve) => watcher.once('close', () => resolve()))
    watcher.publish(`${box.base}/command/start`, '')
    await withDeadline(thrownOut, { what: 'the end of a viewer that commands' })

    const shutOut = new Promise<void>((resolve) => phone.once('close', () => resolve()))
    const next = await pair('--rotate')
    t.not(next.token, owner.token)
    await withDeadline(shutOut, { what: 'the end of who had the old token', timeoutMs: 10_000 })
    await t.throwsAsync(connect(owner.token))
    await (await connect(next.token)).endAsync()
    await pair('--revoke')
    await t.throwsAsync(connect(next.token))

    for (let n = 0; n < 5; n += 1) await status('/debug', { authorization: 'Bearer guess' })
    t.is(await status('/debug', { authorization: `Bearer ${viewer.token}` }), 429)
    await waitFor(
      () => box.messages<{ kind: string }>('event/notice').some(({ kind }) => kind === 'locked-out'),
      { what: 'the notice' },
    )

    const said = box.received.map(({ payload }) => payload.toString()).join('\n') + box.output()
    for (const { token } of [owner, viewer, next]) t.false(said.includes(token))
  },
)
