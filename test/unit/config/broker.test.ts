import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { readBroker } from '../../../firmware/config/broker.js'
import { configSchema } from '../../../firmware/config/schema.js'
import { tempDir } from '../../support/temp-dir.js'

const mqtt = (written: object) => configSchema.parse({ mqtt: written }).mqtt

test('without a url it is the embedded broker, or none', async (t) => {
  t.deepEqual(await readBroker(mqtt({ embedded: { port: 0 } })), {
    ok: true,
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
  })
  t.deepEqual(await readBroker(mqtt({ embedded: { enabled: false } })), {
    ok: true,
    broker: { kind: 'none' },
  })
})

test('with a url it is that broker, with the content of the files', async (t) => {
  const folder = await tempDir(t)
  await writeFile(join(folder, 'password'), 'hunter2\nsecond line\n')
  await writeFile(join(folder, 'ca.pem'), 'PEM\n')
  const read = await readBroker(
    mqtt({
      url: 'mqtts://b',
      'protocol-version': 4,
      username: 'u',
      'password-file': join(folder, 'password'),
      'ca-file': join(folder, 'ca.pem'),
    }),
  )
  t.deepEqual(read, {
    ok: true,
    broker: {
      kind: 'external',
      url: 'mqtts://b',
      protocolVersion: 4,
      username: 'u',
      password: 'hunter2',
      ca: 'PEM\n',
    },
  })
})

test('names every file that can not be read', async (t) => {
  const folder = await tempDir(t)
  await writeFile(join(folder, 'large'), 'x'.repeat(600_000))
  const read = await readBroker(
    mqtt({
      url: 'mqtts://b',
      username: 'u',
      'password-file': join(folder, 'none'),
      'ca-file': join(folder, 'large'),
    }),
  )
  t.deepEqual(read, {
    ok: false,
    problems: [
      { path: 'mqtt.password-file', message: "the file can't be read (ENOENT)" },
      { path: 'mqtt.ca-file', message: 'the file is too large' },
    ],
  })
})
