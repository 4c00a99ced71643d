/**
 * Moves packets between the two ends. A process of its own that blocks in the kernel until a packet comes or is
 * due, so that a packet leaves within a fraction of a millisecond of its time whatever the test does meanwhile. It
 * makes the namespaces, obeys lines of JSON on standard input, and takes everything away at their end.
 */
import { readSync, writeSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { FromMover, LinkOptions, Slot, ToMover } from './mover.js'
import { makeNamespaces, removeNamespaces } from './namespaces.js'
import { Path } from './path.js'
import { openTun, waitReadable } from './tun.js'

const stdin = 0
const stdout = 1
const slotMs = 100
const idleMs = 1_000

const now = (): number => Number(process.hrtime.bigint()) / 1e6
const tell = (message: FromMover): void => void writeSync(stdout, `${JSON.stringify(message)}\n`)

const options = JSON.parse(process.argv[2] ?? '{}') as LinkOptions
try {
  setPriority(-15)
} catch {
  // only better, not needed
}
const [box, server] = [openTun(`lpu${process.pid}b`), openTun(`lpu${process.pid}s`)]
const names = makeNamespaces(process.pid, options.addresses)

const common = { queueBytes: options.queueBytes, delayMs: options.delayMs, lossPercent: options.lossPercent }
const up = new Path<Buffer>(
  { ...common, ...(options.rate ? { rate: options.rate } : {}), seed: options.seed },
  now(),
)
const down = new Path<Buffer>(
  { ...common, queueBytes: Number.POSITIVE_INFINITY, seed: options.seed + 1 },
  now(),
)
let swallows = false
const slots: Slot[] = []
let mostQueued = 0
let slotAt = now() + slotMs

const obey = (order: ToMover): void => {
  switch (order.do) {
    case 'rate':
      up.setRate(order.rate ?? undefined, now())
      break
    case 'loss':
      up.setLoss(order.percent)
      down.setLoss(order.percent)
      break
    case 'swallow':
      swallows = order.on
      break
    case 'carrier':
      box.setCarrier(order.on)
      break
    case 'slots':
  }
  tell({ did: order.id, atMs: now(), ...(order.do === 'slots' ? { slots } : {}) })
}

/** Whole lines; an empty read is the end of whoever owns us. */
const input = Buffer.alloc(1 << 20)
let unread = ''
const listen = (): boolean => {
  const length = readSync(stdin, input)
  if (length === 0) return false
  const lines = (unread + input.toString('utf8', 0, length)).split('\n')
  unread = lines.pop() ?? ''
  for (const line of lines) obey(JSON.parse(line) as ToMover)
  return true
}

const move = (from: typeof box, path: Path<Buffer>, to: typeof box): void => {
  for (let packet = from.read(); packet; packet = from.read()) if (!swallows) path.offer(packet, now())
  for (const packet of path.arrived(now())) if (!swallows) to.write(packet)
}

/** Before anything moves: a slot's counts are those of its end, however late we are. */
const keepSlots = (): void => {
  mostQueued = Math.max(mostQueued, up.counts.queuedBytes)
  for (const reachedMs = now(); reachedMs >= slotAt; ) {
    up.settle(slotAt)
    slots.push({ atMs: slotAt, kbps: up.kbpsAt(slotAt - slotMs), mostQueued, ...up.counts })
    mostQueued = up.counts.queuedBytes
    slotAt += slotMs
  }
}

try {
  tell({ did: 0, atMs: now(), names })
  for (;;) {
    const next = Math.min(up.nextAt(), down.nextAt(), slotAt, now() + idleMs)
    if (waitReadable([stdin, box.fd, server.fd], next - now()).has(stdin) && !listen()) break
    keepSlots()
    move(box, up, server)
    move(server, down, box)
  }
} finally {
  removeNamespaces(names)
}
process.exit()
