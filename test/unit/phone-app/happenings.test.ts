import test from 'ava'
import type { StatusEvent } from '../../../firmware/pusher/events.js'
import {
  codeEntry,
  type Entry,
  trouble,
  withEntry,
} from '../../../services/phone-app/src/store/happenings.js'
import { pairingHash, parsePairing, readLink } from '../../../services/phone-app/src/store/pairing.js'

const level = (code: number): StatusEvent['level'] => (code < 0 ? 'error' : code > 1100 ? 'warning' : 'event')

/** Those codes one second apart, numbered from 1. */
const logOf = (...codes: readonly number[]): readonly Entry[] =>
  codes.reduce<readonly Entry[]>(
    (log, code, at) =>
      withEntry(
        log,
        codeEntry({ code, name: '', level: level(code), message: '', time: at * 1_000, seq: at + 1 }),
      ),
    [],
  )

const troubleOf = (nowS: number, ...codes: readonly number[]): number | undefined =>
  trouble(logOf(...codes), nowS * 1_000)?.code

test('a trouble lasts until a later code cures it, or for a minute', (t) => {
  t.is(troubleOf(5, 1001, 1002), undefined)
  t.is(troubleOf(900, 1002, 3005, 1102, 3002, 1102), 3002, 'why it is tried again, not that it is')
  t.is(troubleOf(9, 1002, 3005, 1102, 1001, 1002), undefined)
  t.is(troubleOf(900, 1002, -1301, 1005), -1301)
  t.is(troubleOf(9, 1002, -1301, 1003), undefined)
  t.is(troubleOf(30, 1002, 1101), 1101)
  t.is(troubleOf(90, 1002, 1101), undefined)
  t.is(troubleOf(900, -1307, 1001), -1307)
})

test('an event comes once, and those that are missing are counted', (t) => {
  const [newest] = logOf(1001, 1002)
  const log = withEntry(logOf(1001, 1002), newest!)
  t.is(log.length, 2)
  const later = codeEntry({ code: 1005, name: '', level: 'event', message: '', time: 9_000, seq: 6 })
  t.like(withEntry(log, later)[1], { kind: 'missed', count: 3 })
  const anew = codeEntry({ code: 1003, name: '', level: 'event', message: '', time: 9_000, seq: 1 })
  t.is(withEntry(log, anew).length, 3, 'a box that started anew has lost nothing')
})

test('a pairing link is read as it was written; what is none is none', (t) => {
  for (const box of [
    { name: 'studio', prefix: 'live-pusher' },
    { name: 'a-1', prefix: 'cameras/north', user: 'owner', token: 'a+b/c=&d' },
  ])
    t.deepEqual(parsePairing(pairingHash(box)), box)
  for (const hash of [
    '',
    '#',
    '#/live',
    '#pair=',
    '#pair=A%20B',
    '#pair=../x',
    '#pair=x&prefix=a/%23',
    '#pair=x&prefix=%2B/a',
  ])
    t.is(parsePairing(hash), undefined)
  const origin = 'http://10.0.0.2:8080'
  t.deepEqual(readLink(`${origin}/#pair=studio`, origin), { near: { name: 'studio', prefix: 'live-pusher' } })
  t.deepEqual(readLink('https://roof.example/#pair=roof&token=t', origin), {
    far: { name: 'roof', href: 'https://roof.example/#pair=roof&token=t' },
  })
  t.is(readLink('javascript:alert(1)#pair=x', origin), undefined)
  t.is(readLink('studio', origin), undefined)
})
