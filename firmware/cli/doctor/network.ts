/** The way out: addresses, route, names, the server that is pushed to, and the broker. */
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Config } from '../../config/schema.js'
import { parsePushUrl } from '../../pusher/push-url.js'
import { type Finding, quietly } from './finding.js'

const connectMs = 3_000
const noAddress = 'Plug a network cable in or join a wireless network.'

export async function examineNetwork(config: Config): Promise<Finding> {
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
    list
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
      .map(({ address }) => `${name} ${address}`),
  )
  const route = /^(\S+)\t00000000\t/m.exec((await quietly(readFile('/proc/net/route', 'utf8'))) ?? '')?.[1]
  const facts = [
    addresses.length === 0 ? 'no address' : addresses.join(', '),
    route === undefined ? 'no default route' : `default route by ${route}`,
  ]
  const title = 'Network'
  const url = config.attributes.url ?? ''
  if (url === '')
    return {
      ...{ id: 'network', title, facts: [...facts, 'no push address is configured'] },
      ...(addresses.length === 0 ? { level: 'remark', advice: noAddress } : { level: 'ok' }),
    }
  const parsed = parsePushUrl(url)
  if (!parsed.ok)
    return {
      ...{ id: 'network', title, level: 'problem', facts: [...facts, `url ${parsed.problem}`] },
      advice: 'Correct attributes.url.',
    }
  const { host, port } = parsed.url
  const answer = await reach(host, port)
  if (answer.ok)
    return {
      id: 'network',
      title,
      level: 'ok',
      facts: [...facts, `${host}:${port} answers in ${answer.ms} ms`],
    }
  return {
    ...{ id: 'network', title, level: 'problem', facts: [...facts, `${host}:${port}: ${answer.why}`] },
    advice:
      addresses.length === 0
        ? noAddress
        : answer.step === 'name'
          ? `The name ${host} can't be resolved: check it, and the name server (/etc/resolv.conf).`
          : `The server ${host} does not answer at port ${port}: check the address, the server, and the firewall between.`,
  }
}

export async function examineBroker({ mqtt }: Config): Promise<Finding> {
  const title = 'MQTT broker'
  if (mqtt.url === undefined) {
    if (!mqtt.embedded.enabled)
      return {
        ...{ id: 'broker', title, level: 'remark', facts: ['none: the box can not be commanded'] },
        advice: 'Set mqtt.embedded.enabled: true, or mqtt.url.',
      }
    const { host, port } = mqtt.embedded
    const answer = await reach(host, port)
    return {
      ...{ id: 'broker', title, level: 'ok' },
      facts: [
        `inside the box, ${host}:${port}, ${answer.ok ? 'in use: by a box that runs, or by another broker' : 'free'}`,
      ],
    }
  }
  const { hostname, port, protocol } = new URL(mqtt.url)
  const usual: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 }
  const number = port === '' ? (usual[protocol] ?? 1883) : Number(port)
  const host = hostname.replace(/^\[|\]$/g, '')
  const answer = await reach(host, number)
  if (answer.ok)
    return { id: 'broker', title, level: 'ok', facts: [`${host}:${number} answers in ${answer.ms} ms`] }
  return {
    ...{ id: 'broker', title, level: 'problem', facts: [`${host}:${number}: ${answer.why}`] },
    advice: 'The box pushes without it, but nobody can command it: check mqtt.url and that the broker runs.',
  }
}

type Reached =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly step: 'name' | 'connection'; readonly why: string }

/** A TCP connection and nothing more. Never rejects. */
export async function reach(host: string, port: number): Promise<Reached> {
  const began = performance.now()
  const named = await within(lookup(host)).catch((error: unknown) => codeOf(error))
  if (typeof named === 'string') return { ok: false, step: 'name', why: named }
  const socket = connect({ host: named.address, port })
  try {
    await within(
      new Promise<void>((resolve, reject) => {
        socket.once('connect', () => resolve())
        socket.once('error', reject)
      }),
    )
    return { ok: true, ms: Math.round(performance.now() - began) }
  } catch (error) {
    return { ok: false, step: 'connection', why: codeOf(error) }
  } finally {
    socket.destroy()
  }
}

const within = async <Value>(asked: Promise<Value>): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('late'), { code: 'no answer' })), connectMs)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)
