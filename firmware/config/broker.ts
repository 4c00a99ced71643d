/** The MQTT broker that config.yaml asks for, with the content of the files that it names. */
import { readFile } from 'node:fs/promises'
import type { Problem } from '../pusher/events.js'
import { errorCode } from './durable-write.js'
import type { Config } from './schema.js'

export type Broker =
  | { readonly kind: 'none' }
  | { readonly kind: 'embedded'; readonly host: string; readonly port: number }
  | ExternalBroker

/** Certificates and keys are PEM texts. */
export interface ExternalBroker {
  readonly kind: 'external'
  readonly url: string
  readonly protocolVersion: 4 | 5
  readonly username?: string
  /** SECRET */
  readonly password?: string
  readonly ca?: string
  readonly cert?: string
  /** SECRET */
  readonly key?: string
}

export type ReadBroker =
  | { readonly ok: true; readonly broker: Broker }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Bytes; a bundle of every public certificate authority has half of it. */
const maxBytes = 524_288

/** Reads password and certificates; every file that can't be read is a problem with its key as the path. */
export async function readBroker(mqtt: Config['mqtt']): Promise<ReadBroker> {
  const { url, embedded } = mqtt
  if (url === undefined) {
    const { host, port } = embedded
    return { ok: true, broker: embedded.enabled ? { kind: 'embedded', host, port } : { kind: 'none' } }
  }
  const problems: Problem[] = []
  const content = async (
    name: 'password-file' | 'ca-file' | 'cert-file' | 'key-file',
  ): Promise<string | undefined> => {
    const file = mqtt[name]
    if (file === undefined) return undefined
    try {
      const bytes = await readFile(file)
      if (bytes.length <= maxBytes) return bytes.toString('utf8')
      problems.push({ path: `mqtt.${name}`, message: 'the file is too large' })
    } catch (error) {
      problems.push({ path: `mqtt.${name}`, message: `the file can't be read (${errorCode(error)})` })
    }
    return undefined
  }
  const password = (await content('password-file'))?.split(/\r?\n/)[0]
  const ca = await content('ca-file')
  const cert = await content('cert-file')
  const privateKey = await content('key-file')
  if (problems.length > 0) return { ok: false, problems }
  const broker: ExternalBroker = {
    kind: 'external',
    url,
    protocolVersion: mqtt['protocol-version'],
    ...(mqtt.username === undefined ? {} : { username: mqtt.username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
  }
  return { ok: true, broker }
}
