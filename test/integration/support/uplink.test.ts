/** The emulated link against itself: it carries what it says, as late as it says, and leaves nothing behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { Slot } from '../../support/uplink/mover.js'
import { ip, namespaces, noUplinkBecause } from '../../support/uplink/namespaces.js'
import { constantRate } from '../../support/uplink/rate.js'
import { setCongestionControl } from '../../support/uplink/tcp-options.js'
import { startUplink, type Uplink } from '../../support/uplink/uplink.js'
import { waitFor } from '../../support/wait-for.js'

const because = noUplinkBecause()
const testLink = (title: string, body: (t: ExecutionContext) => Promise<void>, run = test as Run): void =>
  because === undefined ? run(title, body) : test.skip(`${title} (${because})`, body)
type Run = (title: string, body: (t: ExecutionContext) => Promise<void>) => void

const port = 5_000
/** IP, TCP and timestamps on a packet of 1500 bytes. */
const wireBytesPerPayload = 1_500 / 1_448
const packetBytes = 1_500

/** A connection from the box's side; bytes of what arrives are kept, and sent back when asked for. */
const connected = async (
  t: ExecutionContext,
  link: Uplink,
  { echo = false } = {},
): Promise<{ readonly client: Socket; readonly arrived: number[] }> => {
  const arrived: number[] = []
  const server = createServer((socket) => {
    socket.setNoDelay(true).on('error', () => undefined)
    socket.on('data', (bytes) => {
      arrived.push(bytes.length)
      if (echo) socket.write(bytes)
    })
    t.teardown(() => socket.destroy())
  })
  const at = port + Number(echo)
  link.listen(server, at)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const client = link.connect(at).setNoDelay(true)
  client.on('error', () => undefined)
  t.teardown(() => client.destroy())
  return { client, arrived }
}

/** Writes as much as TCP takes, until the connection ends. */
const fill = (client: Socket): void => {
  const chunk = Buffer.alloc(16_384)
  const more = (): void => {
    while (!client.destroyed && client.write(chunk));
  }
  client.on('drain', more)
  more()
}

testLink('the round trip takes twice the delay', async (t) => {
  const link = await startUplink(t, { rate: constantRate(5_000) })
  const { client } = await connected(t, link, { echo: true })
  const trips: number[] = []
  for (let nth = 0; nth < 10; nth += 1) {
    const sentMs = performance.now()
    client.write('?')
    await once(client, 'data')
    trips.push(performance.now() - sentMs)
  }
  const shortest = Math.min(...trips)
  t.true(shortest >= 50 && shortest < 75, `${trips.map(Math.round)} ms`)
})

testLink('what TCP sends takes the time of its bytes and headers at the rate', async (t) => {
  const link = await startUplink(t, { rate: constantRate(1_000) })
  const { client, arrived } = await connected(t, link)
  const bytes = 140_000
  client.write(Buffer.alloc(bytes))
  await waitFor(() => arrived.reduce((sum, each) => sum + each, 0) === bytes, { what: 'all of it' })
  const slots = await waitFor(
    async () => {
      const all = await link.slots()
      return all.at(-1)?.queuedBytes === 0 && all.at(-1)!.carriedBytes > bytes ? all : undefined
    },
    { what: 'the last slot' },
  )
  const onWire = slots.at(-1)!.carriedBytes / (bytes * wireBytesPerPayload)
  t.true(Math.abs(onWire - 1) < 0.05, `${onWire} of what it should be`)
  const carried = slots.flatMap(({ queuedBytes, carriedBytes }, index) => {
    const before = slots[index - 1]
    return before && before.queuedBytes > 0 && queuedBytes > 0 ? [carriedBytes - before.carriedBytes] : []
  })
  t.true(carried.length >= 8)
  const kbps = (carried.reduce((sum, each) => sum + each, 0) * 8) / (carried.length * 100)
  t.true(Math.abs(kbps - 1_000) < 50, `${kbps} kbit/s`)
  t.true(
    carried.every((each) => Math.abs(each - 12_500) <= packetBytes),
    `${carried}`,
  )
})

testLink('the queue is never longer than it may be, and an outage stops everything', async (t) => {
  const queueBytes = 60_000
  const link = await startUplink(t, { rate: constantRate(1_000), queueBytes })
  const { client } = await connected(t, link)
  // BBR would leave the queue empty.
  setCongestionControl(client, 'cubic')
  fill(client)
  await waitFor(async () => ((await link.slots()).at(-1)?.overflowed ?? 0) > 0, {
    what: 'the queue to overflow',
  })

  const outageMs = await link.setRate(constantRate(0))
  await waitFor(async () => (await link.slots()).at(-1)!.atMs > outageMs + 700, { what: 'an outage' })
  const [stopped, ...still] = (await link.slots()).filter(({ atMs }) => atMs > outageMs)
  t.true(still.every(({ carriedBytes }) => carriedBytes === stopped!.carriedBytes))
  t.true(still.at(-1)!.queuedBytes > queueBytes / 2, 'what waited still does')

  const restoredMs = await link.setRate(constantRate(1_500))
  await waitFor(async () => (await link.slots()).at(-1)!.atMs > restoredMs + 300, { what: 'three slots' })
  const slots = await link.slots()
  const after = slots.filter(({ atMs }) => atMs > restoredMs)
  const [one, two] = after
  const before = slots.at(-after.length - 1)!
  const oneMs = one!.atMs - restoredMs
  const bits = (one!.carriedBytes - before.carriedBytes) * 8
  t.true(Math.abs(bits - 1_500 * oneMs) <= packetBytes * 8, `${bits} bits in ${oneMs} ms`)
  const next = ((two!.carriedBytes - one!.carriedBytes) * 8) / 100
  t.true(Math.abs(next - 1_500) < 130, `${next} kbit/s`)

  const most = Math.max(...slots.map(({ mostQueued }) => mostQueued))
  t.true(most <= queueBytes && most > queueBytes - packetBytes, `${most} bytes waited at most`)
  for (const { offeredBytes, carriedBytes, queuedBytes, overflowed, lost } of slots) {
    const missing = offeredBytes - carriedBytes - queuedBytes
    t.true(missing <= overflowed * packetBytes && lost === 0)
  }
})

testLink('a black hole takes everything until it is closed; a pulled cable is seen', async (t) => {
  const link = await startUplink(t)
  const { client, arrived } = await connected(t, link)
  client.write('before')
  await waitFor(() => arrived.length === 1, { what: 'the first bytes' })
  const closedMs = await link.swallow(true)
  const slotAfter = (ms: number): Promise<Slot> =>
    waitFor(async () => (await link.slots()).find(({ atMs }) => atMs > ms), { what: 'a tenth of a second' })
  const before = await slotAfter(closedMs)
  client.write('within')
  // TCP sends again after a quarter of a second
  const after = await slotAfter(before.atMs + 350)
  t.is(after.offeredBytes, before.offeredBytes)
  t.is(arrived.length, 1)
  await link.swallow(false)
  await waitFor(() => arrived.length === 2, { what: 'what TCP sends again' })

  const flags = (): string => ip('-n', link.names.box, '-o', 'link', 'show', 'uplink0')
  await link.setCarrier(false)
  t.regex(flags(), /NO-CARRIER/)
  await link.setCarrier(true)
  t.notRegex(flags(), /NO-CARRIER/)
  link.setLink(false)
  t.regex(flags(), /state DOWN/)
})

const ownerKilled = async (t: ExecutionContext): Promise<void> => {
  const nobody = 5_000_000 + Math.floor(Math.random() * 1_000_000)
  const orphan = `live-pusher-test-${nobody}-box`
  ip('netns', 'add', orphan)
  const module = fileURLToPath(new URL('../../support/uplink/uplink.js', import.meta.url))
  const script = `
    const { startUplink } = await import(${JSON.stringify(module)})
    console.log(JSON.stringify((await startUplink({ teardown() {} })).names))`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => owner.kill('SIGKILL'))
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  const names = Object.values(JSON.parse(line.toString()) as object) as string[]
  t.true(names.every((name) => namespaces().includes(name)))
  t.false(namespaces().includes(orphan))
  owner.kill('SIGKILL')
  await waitFor(() => !names.some((name) => namespaces().includes(name)), { what: 'the namespaces to go' })
}

// Alone: any other link that starts or ends would take away what this one left.
testLink('nothing stays when its owner is killed, nor of an owner before', ownerKilled, test.serial)
