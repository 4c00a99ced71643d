import test from 'ava'
import { Gate, type Tokens } from '../../services/gate.js'

const rig = (tokens: Tokens = { owner: 'o'.repeat(32), viewer: 'v'.repeat(32) }) => {
  const clock = { ms: 0 }
  const locks: [string, number][] = []
  const gate = new Gate({
    tokens: () => tokens,
    now: () => clock.ms,
    onLock: (address, forMs) => locks.push([address, forMs]),
  })
  const guess = (address: string, times: number): void => {
    for (let n = 0; n < times; n += 1) gate.judge(address, `guess ${n}`)
  }
  return { gate, clock, locks, guess, owner: 'o'.repeat(32), viewer: 'v'.repeat(32) }
}

test('a token tells the role, and nothing else does', (t) => {
  const { gate, owner, viewer } = rig()
  t.deepEqual(gate.judge('192.0.2.1', owner), { kind: 'known', role: 'owner' })
  t.deepEqual(gate.judge('192.0.2.1', viewer), { kind: 'known', role: 'viewer' })
  for (const token of ['', 'owner', owner.slice(1), `${owner} `, 'undefined'])
    t.is(gate.judge(`192.0.2.${token.length + 2}`, token).kind, 'wrong')
  const closed = rig({})
  t.is(closed.gate.judge('192.0.2.1', '').kind, 'wrong')
  t.is(closed.gate.judge('192.0.2.1', 'undefined').kind, 'wrong')
})

test('five wrong tokens within a minute lock that address, also for the right one, and nobody else', (t) => {
  const { gate, clock, locks, guess, owner } = rig()
  guess('192.0.2.1', 5)
  t.deepEqual(gate.judge('192.0.2.1', owner), { kind: 'locked', forMs: 60_000 })
  t.deepEqual(gate.judge('::ffff:192.0.2.1', owner).kind, 'locked')
  t.is(gate.judge('192.0.2.2', owner).kind, 'known')
  clock.ms = 60_001
  t.is(gate.judge('192.0.2.1', owner).kind, 'known')
  t.deepEqual(locks, [['192.0.2.1', 60_000]])
})

test('who goes on guessing is locked out for longer each time, up to an hour', (t) => {
  const { gate, clock, locks, guess } = rig()
  for (let n = 0; n < 8; n += 1) {
    guess('192.0.2.1', 5)
    clock.ms += 3_600_001
    t.not(gate.judge('192.0.2.1', 'x').kind, 'locked')
    clock.ms += 60_001
  }
  t.deepEqual(
    locks.map(([, forMs]) => forMs / 60_000),
    [1, 2, 4, 8, 16, 32, 60, 60],
  )
})

test('slow mistakes lock nobody out', (t) => {
  const { gate, clock, locks } = rig()
  for (let n = 0; n < 20; n += 1) {
    gate.judge('192.0.2.1', 'x')
    clock.ms += 20_000
  }
  t.deepEqual(locks, [])
})

test('an IPv6 network counts as one, and many addresses do not fill the memory', (t) => {
  const { gate, guess, owner } = rig()
  for (let n = 0; n < 5; n += 1) gate.judge(`2001:db8:1:2::${n}`, 'x')
  t.is(gate.judge('2001:db8:1:2:aaaa::1', owner).kind, 'locked')
  t.is(gate.judge('2001:db8:1:3::1', owner).kind, 'known')
  for (let n = 0; n < 3_000; n += 1) guess(`10.0.${n >> 8}.${n & 255}`, 1)
  t.is(gate.judge('2001:db8:1:2::1', owner).kind, 'known', 'the oldest is forgotten')
})
