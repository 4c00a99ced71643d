import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { type NotifyError, SystemdNotify } from '../../../services/systemd/notify.js'
import { never } from '../../support/mqtt.js'
import { notifySocket } from '../../support/notify-socket.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

/** A notify socket as systemd gives it to a service. The environment is the test process's, so these tests are serial. */
const setUp = async (t: Teardown, environment: Record<string, string> = {}) => {
  const { socket, messages, arrived } = await notifySocket(t)
  withEnvironment(t, { NOTIFY_SOCKET: socket, ...environment })

  const report = { ok: true, reasons: [] as string[], calls: 0 }
  const problems: NotifyError[] = []
  const notify = new SystemdNotify({
    health: () => {
      report.calls += 1
      return report
    },
    onProblem: (problem) => problems.push(problem),
  })
  await notify.start(never())
  t.teardown(() => notify.stop())
  return { notify, report, messages, problems, arrived }
}

const withEnvironment = (t: Teardown, environment: Record<string, string | undefined>): void => {
  const before = { ...process.env }
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  t.teardown(() => {
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
}

test.serial('READY, the status line and STOPPING arrive', async (t) => {
  const { notify, arrived, messages, problems } = await setUp(t)
  t.is(arrived('READY=1'), 0)
  await notify.ready()
  await waitFor(() => arrived('READY=1') === 1, { what: 'READY' })
  t.is(arrived(`MAINPID=${process.pid}`), 1)
  notify.status('pushing\nfor 3 s')
  await waitFor(() => arrived('STATUS=pushing for 3 s') === 1, { what: 'the status' })
  await notify.stop()
  await waitFor(() => arrived('STOPPING=1') === 1, { what: 'STOPPING' })
  await notify.stop()
  notify.status('late')
  await notify.ready()
  t.is(messages.filter((message) => message.includes('STOPPING')).length, 1)
  t.is(arrived('READY=1'), 1)
  t.is(arrived('WATCHDOG=1'), 0)
  t.deepEqual(problems, [])
})

test.serial('RELOADING has the time, and ends with the next READY', async (t) => {
  const { notify, arrived, messages } = await setUp(t)
  await notify.ready()
  await notify.reloading()
  await waitFor(() => arrived('RELOADING=1') === 1, { what: 'RELOADING' })
  const microseconds = messages.join('\n').match(/^MONOTONIC_USEC=(\d+)$/m)?.[1]
  const uptimeS = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0])
  t.true(Math.abs(Number(microseconds) / 1e6 - uptimeS) < 30, `${microseconds} µs, up for ${uptimeS} s`)
  await notify.ready()
  await waitFor(() => arrived('READY=1') === 2, { what: 'READY again' })
})

test.serial('the watchdog is fed while health is good, and only then', async (t) => {
  const { notify, report, arrived, messages } = await setUp(t, { WATCHDOG_USEC: '200000' })
  notify.status('all is well')
  await notify.ready()
  await waitFor(() => arrived('WATCHDOG=1') >= 3, { what: 'three pings' })

  report.ok = false
  report.reasons.push('no heartbeat for 5 s', 'the queue stands still')
  const ill = 'STATUS=not healthy: no heartbeat for 5 s; the queue stands still'
  await waitFor(() => arrived(ill) > 0, { what: 'the reasons' })
  const pings = arrived('WATCHDOG=1')
  const calls = report.calls
  await waitFor(() => report.calls >= calls + 6, { what: 'six more health checks' })
  t.true(arrived('WATCHDOG=1') <= pings + 1, 'pings go on')

  const before = messages.length
  report.ok = true
  await waitFor(() => messages.slice(before).some((message) => message.includes('WATCHDOG=1')), {
    what: 'pings again',
  })
  await waitFor(() => messages.slice(before).some((message) => message.includes('STATUS=all is well')), {
    what: 'the status again',
  })
  t.pass()
})

test.serial('pings come at half the time that systemd allows', async (t) => {
  const { notify, arrived } = await setUp(t, { WATCHDOG_USEC: '400000', WATCHDOG_PID: String(process.pid) })
  await notify.ready()
  await waitFor(() => arrived('WATCHDOG=1') >= 1, { what: 'the first ping' })
  const began = performance.now()
  await waitFor(() => arrived('WATCHDOG=1') >= 6, { what: 'five more' })
  const each = (performance.now() - began) / 5
  t.true(each > 150 && each < 390, `${each} ms`)
})

test.serial('a health check that throws feeds no watchdog', async (t) => {
  const { arrived } = await setUp(t, { WATCHDOG_USEC: '100000' })
  const notify = new SystemdNotify({
    health: () => {
      throw new Error('bug')
    },
  })
  await notify.start(never())
  t.teardown(() => notify.stop())
  await notify.ready()
  await waitFor(() => arrived('STATUS=not healthy: the health check failed') > 0, { what: 'the reason' })
  t.is(arrived('WATCHDOG=1'), 0)
})

test.serial('a watchdog that is meant for another process is left alone', async (t) => {
  const { notify, report, arrived } = await setUp(t, { WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' })
  await notify.ready()
  notify.status('marker')
  await waitFor(() => arrived('STATUS=marker') === 1, { what: 'the status' })
  t.is(report.calls, 0)
  t.is(arrived('WATCHDOG=1'), 0)
})

test.serial('the last of many status lines is the one that stays, and a long one is cut', async (t) => {
  const { notify, messages } = await setUp(t)
  for (let index = 0; index < 50; index += 1) notify.status(`line ${index}`)
  await waitFor(() => messages.some((message) => message.includes('STATUS=line 49')), { what: 'the last' })
  t.true(messages.length < 10, `${messages.length} messages`)
  notify.status('ü'.repeat(500))
  await waitFor(() => messages.some((message) => message.includes(`STATUS=${'ü'.repeat(200)}`)), {
    what: 'it',
  })
  t.false(messages.some((message) => message.includes('ü'.repeat(201))))
})

test.serial('without a notify socket nothing is run', async (t) => {
  const folder = await tempDir(t)
  withEnvironment(t, { NOTIFY_SOCKET: undefined, WATCHDOG_USEC: '100000', PATH: folder })
  let asked = 0
  const problems: NotifyError[] = []
  const notify = new SystemdNotify({
    health: () => {
      asked += 1
      return { ok: true, reasons: [] }
    },
    onProblem: (problem) => problems.push(problem),
  })
  await notify.start(never())
  await notify.ready()
  notify.status('x')
  await notify.stop()
  t.deepEqual(problems, [])
  t.is(asked, 0)
})

test.serial('a missing tool is reported once and stops nothing', async (t) => {
  const { notify, problems } = await setUp(t, { PATH: await tempDir(t) })
  await notify.ready()
  notify.status('x')
  await withDeadline(notify.stop(), { what: 'the stop', timeoutMs: 1500 })
  t.deepEqual(
    problems.map(({ kind }) => kind),
    ['tool-missing'],
  )
})

test.serial('a socket that nobody reads is reported and stops nothing', async (t) => {
  const { notify, problems } = await setUp(t, { NOTIFY_SOCKET: join(await tempDir(t), 'nobody') })
  await notify.ready()
  t.deepEqual(
    problems.map(({ kind }) => kind),
    ['notify-failed'],
  )
})
