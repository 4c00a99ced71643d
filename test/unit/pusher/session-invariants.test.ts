import test from 'ava'
import type { Cause } from '../../../firmware/pusher/events.js'
import { isOff, isPaused, type SessionEvent } from '../../../firmware/pusher/session.js'
import { Shell } from './session-shell.js'

const sequences = 20_000
const longest = 30

/** Marsaglia's xorshift: the same sequences on every machine, and a seed that names one. */
const generator = (seed: number): ((below: number) => number) => {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const kinds = ['dns', 'refused', 'timeout', 'reset', 'closed', 'stalled', 'tls', 'rejected', 'output-failed']
const phases = ['connecting', 'connected', 'published']

const randomEvent = (random: (below: number) => number, shell: Shell): SessionEvent => {
  const cause: Cause = {
    kind: kinds[random(kinds.length)] ?? '',
    during: phases[random(phases.length)] ?? '',
  }
  // Mostly the current connection; sometimes an old one, or one that never was.
  const connection = random(5) > 0 ? (shell.live ?? shell.connections) : random(shell.connections + 2)
  switch (random(20)) {
    case 0:
      return { type: 'stop' }
    case 1:
      return { type: 'pause' }
    case 2:
      return { type: 'resume' }
    case 3:
      return { type: 'restart' }
    case 4:
      return { type: 'media-down', cause }
    case 5:
      return { type: 'media-failed', cause }
    case 6:
      return { type: 'pause-expired' }
    case 7:
      return { type: 'stable' }
    case 8:
    case 9:
      return { type: 'media-up' }
    case 10:
    case 11:
      return { type: 'start' }
    case 12:
      return { type: 'connected', connection }
    case 13:
      return { type: 'published', connection }
    case 14:
    case 15:
      return { type: 'retry' }
    case 16:
      return { type: 'start-preview' }
    case 17:
      return { type: 'stop-preview' }
    default:
      return { type: 'lost', connection, cause }
  }
}

/** What is wrong after an event, whatever came before; empty when nothing is. */
const wrong = (shell: Shell): string[] => {
  const { session, live, wait, media, want, remembered, policy } = shell
  const gaveUp = session.at === 'failed' && !policy.keepTrying && session.failures > policy.attempts
  const connection = 'connection' in session ? session.connection : undefined
  const running = session.at === 'pushing' || session.at === 'paused'
  const wanted = session.at === 'idle' ? 'nothing' : isPaused(session) ? 'slate' : 'camera'
  const rules: readonly [boolean, string][] = [
    [connection === live, 'believes in another connection than there is'],
    [wait === undefined || (!isOff(session) && !running), 'waits where there is nothing to wait for'],
    [wait === undefined || live === undefined, 'waits while an attempt is under way'],
    [wait === undefined || !gaveUp, 'waits after it has given up'],
    [
      isOff(session) || gaveUp || !media || live !== undefined || wait !== undefined,
      'nothing is under way and nothing is waited for',
    ],
    [want === wanted, 'shows what is not wanted'],
    [remembered === (!isOff(session) && !gaveUp), 'remembers the wrong thing'],
    [session.at !== 'starting' || !media, 'starting although the media process is there'],
  ]
  const broken = rules.filter(([holds]) => !holds).map(([, message]) => `${message} (${session.at})`)
  return [...shell.violations, ...broken]
}

/** -1307 more than once since the last 1002 or accepted start. */
const outageTold = (told: boolean, shell: Shell, codes: readonly number[]): [boolean, boolean] => {
  const begun = codes.includes(1002) || shell.effects.some((it) => it.do === 'remember' && it.pushing)
  const now = codes.filter((code) => code === -1307).length
  return [begun ? now > 0 : told || now > 0, now > 1 || (told && !begun && now > 0)]
}

test(`its promises hold over ${sequences} random sequences of events`, (t) => {
  const seen = new Set<string>()
  for (let seed = 0; seed < sequences; seed += 1) {
    const random = generator(seed)
    const shell = new Shell({ attempts: 1 + random(4), keepTrying: random(2) > 0 }, random(2) > 0)
    const events: string[] = []
    let told = false
    for (let index = 1 + random(longest); index > 0; index -= 1) {
      const event = randomEvent(random, shell)
      events.push('connection' in event ? `${event.type} ${event.connection}` : event.type)
      const codes = shell.send(event)
      const [nowTold, twice] = outageTold(told, shell, codes)
      told = nowTold
      const problems = [...wrong(shell), ...(twice ? ['-1307 twice in one outage'] : [])]
      if (problems.length > 0)
        return t.fail(`seed ${seed}: ${problems.join('; ')} after ${events.join(', ')}`)
      seen.add(shell.session.at)
      for (const code of codes) seen.add(String(code))
    }
  }
  // The sequences are worth something only if they go everywhere.
  for (const place of [
    'preview',
    'starting',
    'connecting',
    'pushing',
    'paused',
    'reconnecting',
    'failed',
    'idle',
  ])
    t.true(seen.has(place), place)
  for (const code of [1001, 1002, 1102, 3001, 3002, 3003, 3004, 3005, -1303, -1307])
    t.true(seen.has(String(code)), String(code))
})
