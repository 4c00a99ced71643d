import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import mqtt from 'mqtt'
import { spawnBox } from '../../support/box-process.js'
import { freePort } from '../../support/ports.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

const base = 'live-pusher/testbox'

test('with the configuration of services/mosquitto a box speaks for itself over TLS, an owner commands, a viewer watches', async (t) => {
  const folder = await tempDir(t)
  const [certificate, key, passwords] = ['box.pem', 'box.key', 'passwd'].map((name) => join(folder, name))
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost'.split(
        ' ',
      ),
      ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', `${key}`, '-out', `${certificate}`],
    ],
    { stdio: 'ignore' },
  )
  await writeFile(`${passwords}`, '')
  for (const user of ['testbox', 'otherbox', 'owner', 'viewer'])
    execFileSync('mosquitto_passwd', ['-b', `${passwords}`, user, `${user}-password`], { stdio: 'ignore' })

  const [plain, tls, webSocket] = [await freePort(), await freePort(), await freePort()]
  const config = (await readFile('services/mosquitto/live-pusher.conf', 'utf8'))
    .replaceAll('/etc/mosquitto/certs/live-pusher.pem', `${certificate}`)
    .replaceAll('/etc/mosquitto/certs/live-pusher.key', `${key}`)
    .replace('/etc/mosquitto/live-pusher.passwd', `${passwords}`)
    .replace('/etc/mosquitto/live-pusher.acl', join(process.cwd(), 'services/mosquitto/live-pusher.acl'))
    .replace('/var/lib/mosquitto/', `${folder}/`)
    .replace('1883', `${plain}`)
    .replace('8883', `${tls}`)
    .replace('8884', `${webSocket}`)
  await writeFile(join(folder, 'mosquitto.conf'), `user root\n${config}`)
  const broker: ChildProcess = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' })
  t.teardown(async () => {
    broker.kill('SIGKILL')
    await once(broker, 'exit')
  })
  const ca = await readFile(`${certificate}`)
  const as = async (user: string, url = `mqtts://localhost:${tls}`) => {
    const credentials = user === '' ? {} : { username: user, password: `${user}-password` }
    const client = await mqtt.connectAsync(
      url,
      { ca, protocolVersion: 5, reconnectPeriod: 0, ...credentials },
      false,
    )
    t.teardown(() => client.endAsync(true))
    const heard = new Map<string, string>()
    client.on('message', (topic, payload) => heard.set(topic, payload.toString()))
    return { client, heard }
  }
  await waitFor(
    () =>
      as('owner').then(
        () => true,
        () => false,
      ),
    { what: 'mosquitto' },
  )
  await t.throwsAsync(as(''))

  await writeFile(join(folder, 'box.password'), 'testbox-password\n')
  await spawnBox(t, {
    config: {
      mqtt: {
        ...{ url: `mqtts://localhost:${tls}`, username: 'testbox', 'ca-file': `${certificate}` },
        'password-file': join(folder, 'box.password'),
      },
    },
  })

  const owner = await as('owner', `wss://localhost:${webSocket}`)
  await owner.client.subscribeAsync([`${base}/#`, 'answers/me'], { qos: 1 })
  await waitFor(() => owner.heard.get(`${base}/availability`) === 'online', {
    what: 'the box',
    timeoutMs: 20_000,
  })
  await owner.client.publishAsync(`${base}/attributes/set`, '{"muted":true}', {
    qos: 1,
    properties: { responseTopic: 'answers/me' },
  })
  await waitFor(() => /"ok":true/.test(owner.heard.get('answers/me') ?? ''), { what: 'the answer' })

  const viewer = await as('viewer', `mqtt://127.0.0.1:${plain}`)
  await viewer.client.subscribeAsync(`${base}/#`)
  await waitFor(() => viewer.heard.get(`${base}/availability`) === 'online', { what: 'what is retained' })
  const other = await as('otherbox')
  for (const { client } of [viewer, other, owner]) {
    const refused = await t.throwsAsync(
      client.publishAsync(`${base}/availability`, 'stolen', { qos: 1, retain: true }),
    )
    t.regex(refused?.message ?? '', /Not authorized/i)
  }
  await t.throwsAsync(viewer.client.publishAsync(`${base}/command/start`, '', { qos: 1 }))
  t.is(viewer.heard.get(`${base}/availability`), 'online')
})
