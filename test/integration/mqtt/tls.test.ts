import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import type { BrokerAddress } from '../../../services/mqtt/broker-address.js'
import { MqttBox } from '../../../services/mqtt/mqtt-box.js'
import { FakeBox } from '../../support/fake-box.js'
import { never, startMosquitto } from '../../support/mqtt.js'
import { freePort } from '../../support/ports.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

const openssl = (folder: string, ...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder })

/** A certificate authority, and a server and a client that it vouches for. */
const certificates = async (t: Teardown) => {
  const folder = await tempDir(t)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl(
    folder,
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=ca',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
  )
  for (const [name, subject, ...extensions] of [
    ['server', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ['client', '/CN=tripod'],
  ] as const) {
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-days', '2', ...extensions]
    await openssl(
      folder,
      'req',
      '-x509',
      ...key,
      '-subj',
      subject,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      ...signed,
    )
  }
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  return { folder, ca: await read('ca.crt'), cert: await read('client.crt'), key: await read('client.key') }
}

const setUp = async (t: Teardown, scheme: 'mqtts' | 'wss') => {
  const { folder, ...pem } = await certificates(t)
  const port = await freePort()
  const mosquitto = await startMosquitto(
    [
      `listener ${port} 127.0.0.1`,
      ...(scheme === 'wss' ? ['protocol websockets'] : []),
      ...['ca', 'cert', 'key'].map(
        (kind) =>
          `${kind}file ${join(folder, kind === 'ca' ? 'ca.crt' : kind === 'cert' ? 'server.crt' : 'server.key')}`,
      ),
      'require_certificate true',
    ].join('\n'),
  )
  t.teardown(() => mosquitto.stop())
  const url = `${scheme}://127.0.0.1:${port}`
  const attempt = async (broker: Omit<BrokerAddress, 'url'>) => {
    const mqttBox = new MqttBox({
      box: new FakeBox(),
      prefix: 'live-pusher',
      name: 'tripod',
      broker: { url, ...broker },
      claim: false,
      times: { minRetryMs: 20, maxRetryMs: 40 },
    })
    t.teardown(() => mqttBox.stop())
    const kinds: string[] = []
    mqttBox.on('disconnected', ({ kind, message }) => kinds.push(kind === 'tls-failed' ? kind : message))
    mqttBox.on('connected', () => kinds.push('connected'))
    await mqttBox.start(never())
    await waitFor(() => kinds.length > 0, { what: 'an outcome' })
    await mqttBox.stop()
    return kinds[0]
  }
  return { attempt, ...pem }
}

for (const scheme of ['mqtts', 'wss'] as const) {
  test(`${scheme} with a CA and a client certificate`, async (t) => {
    const { attempt, ca, cert, key } = await setUp(t, scheme)
    t.is(await attempt({ ca, cert, key }), 'connected')
    t.is(await attempt({ ca: Buffer.from(ca), cert: Buffer.from(cert), key: Buffer.from(key) }), 'connected')
    t.is(await attempt({ cert, key, rejectUnauthorized: false }), 'connected')
  })

  test(`${scheme} refuses a server that nobody vouches for, by default`, async (t) => {
    const { attempt, cert, key } = await setUp(t, scheme)
    t.is(await attempt({ cert, key }), 'tls-failed')
  })

  test(`${scheme} without the client certificate that the broker wants does not connect`, async (t) => {
    const { attempt, ca } = await setUp(t, scheme)
    t.not(await attempt({ ca }), 'connected')
  })
}
