/**
 * A link between two network namespaces, packet by packet: what a box behind a mobile network has. Delay each way,
 * a drop-tail queue towards the server that is drained at a rate over time, loss, and the ways in which links fail.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { listenOnLoopback } from '../ports.js'
import type { ListenAt } from '../rtmp/ingest.js'
import type { Teardown } from '../teardown.js'
import { withDeadline } from '../wait-for.js'
import type { FromMover, LinkOptions, Slot, ToMover } from './mover.js'
import { connectInside, device, inNamespace, ip, type Names, removeOrphans } from './namespaces.js'
import type { Rate } from './rate.js'

export interface Uplink {
  readonly names: Names
  /** of the two ends */
  readonly address: LinkOptions['addresses']
  /** from now on; resolves with the moment at which it took effect, monotonic ms */
  setRate(rate: Rate | undefined): Promise<number>
  setLoss(percent: number): Promise<number>
  /** a black hole: everything is taken and nothing arrives */
  swallow(on: boolean): Promise<number>
  /** the cable of the box is pulled, or back */
  setCarrier(on: boolean): Promise<number>
  /** the box's interface is down, or up */
  setLink(on: boolean): void
  /** the box gets another address of the same network */
  changeAddress(address: string): void
  /** each tenth of a second so far */
  slots(): Promise<readonly Slot[]>
  /** for a server: listens on that port of the server's side */
  listen(server: Server, port: number): void
  /** the same as a place that a server can be given */
  farEnd(port: number): ListenAt
  /** a connection of the box's side to that port of the server; blocks while it is made */
  connect(port: number): Socket
  /** a URL's host and port on our loopback that lead to a port of the box's own loopback */
  reachBox(port: number): Promise<string>
}

const usual: LinkOptions = {
  delayMs: 25,
  queueBytes: 150_000,
  lossPercent: 0,
  seed: 1,
  addresses: { box: '10.99.0.2', server: '10.99.0.1' },
}

/** Needs what `noUplinkBecause` asks for. Goes with the test, and by itself when this process ends in any way. */
export const startUplink = async (t: Teardown, options: Partial<LinkOptions> = {}): Promise<Uplink> => {
  const wanted = { ...usual, ...options }
  const program = fileURLToPath(new URL('./mover-process.js', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(wanted)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  // The end of its input is the order to take everything away.
  t.teardown(async () => {
    child.stdin.end()
    await withDeadline(exited, { what: 'the link to be taken away' }).catch(() => child.kill('SIGKILL'))
    removeOrphans()
  })
  child.stdin.on('error', () => undefined)
  const waiting = new Map<number, (message: FromMover) => void>()
  createInterface(child.stdout).on('line', (line) => {
    const message = JSON.parse(line) as FromMover
    waiting.get(message.did)?.(message)
    waiting.delete(message.did)
  })
  const answer = (id: number, what: string): Promise<FromMover> =>
    withDeadline(
      Promise.race([
        new Promise<FromMover>((resolve) => waiting.set(id, resolve)),
        exited.then(() => Promise.reject(new Error('the link is gone'))),
      ]),
      { what, timeoutMs: 20_000 },
    )
  let orders = 0
  const order = async (asked: Asked): Promise<FromMover> => {
    orders += 1
    const answered = answer(orders, `the link to obey ${asked.do}`)
    child.stdin.write(`${JSON.stringify({ id: orders, ...asked })}\n`)
    return answered
  }
  const orderAt = async (asked: Asked): Promise<number> => (await order(asked)).atMs
  const { names } = await answer(0, 'the link')
  if (!names) throw new Error('the link has no ends')
  const listen = (server: Server, port: number): void =>
    inNamespace(names.server, () => void server.listen({ port }))
  let boxAddress = wanted.addresses.box

  return {
    names,
    address: wanted.addresses,
    setRate: (rate) => orderAt({ do: 'rate', rate: rate ?? null }),
    setLoss: (percent) => orderAt({ do: 'loss', percent }),
    swallow: (on) => orderAt({ do: 'swallow', on }),
    setCarrier: (on) => orderAt({ do: 'carrier', on }),
    setLink: (on) => void ip('-n', names.box, 'link', 'set', device, on ? 'up' : 'down'),
    changeAddress: (address) => {
      // The first address of a network takes the others with it when it goes.
      ip('-n', names.box, 'addr', 'del', `${boxAddress}/24`, 'dev', device)
      ip('-n', names.box, 'addr', 'add', `${address}/24`, 'dev', device)
      boxAddress = address
    },
    slots: async () => (await order({ do: 'slots' })).slots ?? [],
    listen,
    farEnd: (port) => ({ host: wanted.addresses.server, port, listen: (server) => listen(server, port) }),
    connect: (port) => connectInside(names.box, port, wanted.addresses.server),
    reachBox: async (port) => {
      const door = createServer((outside) => {
        outside.on('error', () => undefined)
        try {
          const inside = connectInside(names.box, port)
          inside.on('error', () => outside.destroy()).on('close', () => outside.destroy())
          outside.on('close', () => inside.destroy())
          outside.pipe(inside).pipe(outside)
        } catch {
          outside.resetAndDestroy()
        }
      })
      t.teardown(() => door.close())
      return `127.0.0.1:${await listenOnLoopback(door)}`
    },
  }
}

type Asked = ToMover extends infer Order ? (Order extends ToMover ? Omit<Order, 'id'> : never) : never
