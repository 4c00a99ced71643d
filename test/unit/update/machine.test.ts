import test from 'ava'
import {
  isOlder,
  next,
  type UpdateEffect,
  type UpdateEvent,
  type UpdateState,
  type World,
} from '../../../services/update/machine.js'
import { reportOf } from '../../../services/update/report.js'
import { readState } from '../../../services/update/stored-state.js'

const wish = { url: 'https://updates.example.org/box.raucb?key=secret', wait: false }
const here: World = {
  nowMs: 1000,
  pushing: false,
  version: '1.0.0',
  compatible: 'live-pusher-box-pi',
  slot: 'A',
  allowOlder: false,
  proveMs: 60_000,
}
const origin = { slot: 'A', version: '1.0.0' }
const good = { type: 'inspected', compatible: 'live-pusher-box-pi', version: '1.1.0' } as const
const well = { type: 'health', frames: 30, broker: true, stream: 'none' } as const

/** What becomes of a box that hears these events, and all that it does on the way. */
const course = (
  from: UpdateState,
  ...heard: readonly (UpdateEvent | readonly [UpdateEvent, Partial<World>])[]
): { state: UpdateState; done: string[]; path: string[] } => {
  let state = from
  const effects: UpdateEffect[] = []
  const path: string[] = []
  for (const entry of heard) {
    const [event, change] = 'type' in entry ? [entry, {}] : entry
    // through the disk, as a power cut would have it
    const stored = readState(JSON.parse(JSON.stringify(state)))
    if (stored === undefined) throw new Error(`${JSON.stringify(state)} does not come back from the disk`)
    const [after, wanted] = next(stored, event, { ...here, ...change })
    state = after
    effects.push(...wanted)
    if (path.at(-1) !== state.at) path.push(state.at)
  }
  const done = effects.map((effect) => (effect.do === 'prove' ? `prove ${effect.on}` : effect.do))
  return { state, done, path }
}
const idle: UpdateState = { at: 'idle' }
const asked = { type: 'asked', wish } as const
const proving = course(idle, asked, { type: 'downloaded' }, good, { type: 'installed' }, [
  { type: 'booted', slot: 'B' },
  { slot: 'B', version: '1.1.0' },
]).state

test('an update that goes well is committed once the new slot has shown that it works', (t) => {
  const { path, done, state } = course(
    idle,
    asked,
    { type: 'progress', percent: 40 },
    { type: 'downloaded' },
    good,
    { type: 'installed' },
    { type: 'booted', slot: 'B' },
    { ...well, frames: 29 },
    well,
    { type: 'marked-good' },
  )
  t.deepEqual(path, ['downloading', 'checking', 'installing', 'rebooting', 'proving', 'committed'])
  const steps = [
    'download',
    'inspect',
    'install',
    'reboot',
    'prove true',
    'mark-good',
    'prove false',
    'discard',
  ]
  t.deepEqual(done, steps)
  t.deepEqual(state, { at: 'committed', version: '1.1.0' })
})

test('a bundle for another board, an older one, or a system without slots: refused before anything is written', (t) => {
  const after = (event: UpdateEvent, world: Partial<World> = {}) =>
    course(idle, asked, { type: 'downloaded' }, [event, world])
  const refusals = {
    'wrong-board': after({ ...good, compatible: 'live-pusher-box-jetson' }),
    'too-old': after({ ...good, version: '0.9.9' }),
    'no-slots': after(good, { slot: undefined }),
    signature: after({ type: 'failed', cause: { kind: 'signature' } }),
  }
  for (const [kind, { state, done }] of Object.entries(refusals)) {
    t.like(state, { at: 'failed', cause: { kind } })
    t.deepEqual(done, ['download', 'inspect', 'discard'], kind)
  }
  t.is(after({ ...good, version: '0.9.9' }, { allowOlder: true }).state.at, 'installing')
})

test('a stream is never cut: it is waited for before the download, the installation and the restart', (t) => {
  const streaming = { pushing: true }
  const waits = { ...asked, wish: { ...wish, wait: true } }
  t.is(course(idle, [asked, streaming]).state.at, 'idle')
  const { path, done } = course(
    idle,
    [waits, streaming],
    [{ type: 'stream' }, streaming],
    { type: 'stream' },
    { type: 'downloaded' },
    [good, streaming],
    { type: 'stream' },
    good,
    [{ type: 'installed' }, streaming],
    { type: 'stream' },
  )
  t.deepEqual(path, [
    ...['waiting', 'downloading', 'checking', 'waiting', 'checking', 'installing', 'waiting', 'rebooting'],
  ])
  t.deepEqual(done, ['download', 'inspect', 'inspect', 'install', 'reboot'])
})

test('a new slot that shows too little until its deadline is marked bad, and the old one tells why', (t) => {
  const late = { nowMs: 61_001, slot: 'B', version: '1.1.0' }
  const health = { type: 'health', frames: 500, broker: false, stream: 'wanted' } as const
  t.is(course(proving, [health, { ...late, nowMs: 60_999 }]).state.at, 'proving')
  const gone = course(proving, [health, late])
  t.deepEqual(gone.done, ['prove false', 'mark-bad', 'reboot'])
  const back = course(gone.state, { type: 'booted', slot: 'A' })
  t.deepEqual(back.state, {
    at: 'rolled-back',
    version: '1.1.0',
    cause: { kind: 'not-proven', missing: 'broker, stream' },
  })
  // the firmware did not obey: once more
  t.deepEqual(course(gone.state, { type: 'booted', slot: 'B' }).done, ['mark-bad', 'reboot'])
})

test('29 pictures, no broker, or a stream that is only wanted prove nothing', (t) => {
  for (const [missing, health] of Object.entries({
    frames: { ...well, frames: 29 },
    broker: { ...well, broker: false },
    stream: { ...well, stream: 'wanted' as const },
  })) {
    const { state, done } = course(proving, health)
    t.like(state, { at: 'proving', missing: [missing] })
    t.deepEqual(done, [])
  }
  t.deepEqual(course(proving, { ...well, stream: 'on' }).done, ['mark-good'])
})

test('a slot that RAUC can not mark good goes back too', (t) => {
  const failed = { type: 'failed', cause: { kind: 'rauc-failed' } } as const
  const { state, done } = course(proving, well, failed)
  t.deepEqual(done, ['mark-good', 'prove false', 'mark-bad', 'reboot'])
  t.like(state, { at: 'rebooting', cause: { kind: 'rauc-failed' } })
})

test('the old slot after a restart: the new one did not come up', (t) => {
  const rebooting: UpdateState = { at: 'rebooting', version: '1.1.0', origin, starts: 0 }
  const { state, done } = course(rebooting, { type: 'booted', slot: 'A' })
  t.deepEqual(state, { at: 'rolled-back', version: '1.1.0', cause: { kind: 'new-slot-did-not-start' } })
  t.deepEqual(done, ['discard'])
})

test('a daemon of the new slot that ends again and again goes back', (t) => {
  const boot = { type: 'booted', slot: 'B' } as const
  t.is(course(proving, boot, boot).state.at, 'proving')
  const { state, done } = course(proving, boot, boot, boot)
  t.like(state, { at: 'rebooting', cause: { kind: 'daemon-ended' } })
  t.deepEqual(done.slice(-2), ['mark-bad', 'reboot'])
})

test('a power cut at any stage goes on from there', (t) => {
  const boot = { type: 'booted', slot: 'A' } as const
  const downloading = course(idle, asked).state
  const installing = course(idle, asked, { type: 'downloaded' }, good).state
  t.deepEqual(course(downloading, boot).done, ['download'])
  t.deepEqual(course(installing, boot).done, ['inspect'])
  t.deepEqual(course(installing, boot, good, boot, good, boot, good).state, {
    at: 'failed',
    cause: { kind: 'interrupted', times: 3 },
  })
  for (const state of [idle, { at: 'committed', version: '1.1.0' } as const])
    t.deepEqual(course(state, boot), { state, done: [], path: [state.at] })
})

test('before the slot is written an update can be cancelled, then no more', (t) => {
  const downloading = course(idle, asked)
  const cancelled = course(downloading.state, { type: 'cancelled' })
  t.deepEqual([cancelled.state, cancelled.done], [idle, ['discard']])
  const installing = course(idle, asked, { type: 'downloaded' }, good).state
  t.is(course(installing, { type: 'cancelled' }).state.at, 'installing')
})

test('whatever comes in whatever order: no slot is marked good unseen, none is written while a stream is on', (t) => {
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const events: readonly UpdateEvent[] = [
    ...([asked, { type: 'downloaded' }, good, { type: 'installed' }, { type: 'stream' }, well] as const),
    ...([{ type: 'booted', slot: 'A' }, { type: 'booted', slot: 'B' }, { type: 'marked-good' }] as const),
    ...([
      { type: 'failed', cause: { kind: 'any' } },
      { type: 'cancelled' },
      { ...well, broker: false },
    ] as const),
  ]
  for (let run = 0; run < 300; run += 1) {
    let state: UpdateState = idle
    for (let step = 0; step < 60; step += 1) {
      const event = events[random(events.length)] ?? asked
      const world = { ...here, pushing: random(3) === 0, nowMs: random(100_000) }
      const [after, effects] = next(state, event, world)
      for (const effect of effects) {
        if (effect.do === 'mark-good') t.true(state.at === 'proving' && event === well)
        if (effect.do === 'mark-bad') t.true(state.at === 'proving' || state.at === 'rebooting')
        if (effect.do === 'install') t.true(event === good && !world.pushing)
      }
      if (after.at === 'committed' && state.at !== 'committed') t.is(event.type, 'marked-good')
      state = after
    }
  }
})

test('versions are ordered as people read them', (t) => {
  for (const [a, b] of [
    ['1.0.0', '1.0.1'],
    ['1.9.0', '1.10.0'],
    ['1.0', '1.0.1'],
    ['1.0.0-rc1', '1.0.0'],
    ['v1.0.0', '2.0.0'],
  ] as const) {
    t.true(isOlder(a, b), `${a} ${b}`)
    t.false(isOlder(b, a), `${b} ${a}`)
  }
  t.false(isOlder('1.0.0', '1.0.0'))
})

test('what is published names the host of the address, and never its key', (t) => {
  t.deepEqual(reportOf(course(idle, asked).state), {
    state: 'downloading',
    percent: 0,
    host: 'updates.example.org',
  })
})
