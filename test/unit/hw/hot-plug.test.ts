import test from 'ava'
import { HotPlug } from '../../../hw/hot-plug.js'
import { waitFor } from '../../support/wait-for.js'

const events = [
  'monitor will print the received events for:',
  'UDEV - the event which udev sends out after rule processing',
  '',
  'UDEV  [12.5] remove   /devices/platform/vivid.0/video4linux/video0 (video4linux)',
]
const added = 'UDEV  [13.5] add      /devices/platform/vivid.0/video4linux/video0 (video4linux)'

test('tells once of a device that comes, whatever number of events that is, and again after a restart of the watcher', async (t) => {
  let told = 0
  const script = `printf '%s\\n' '${[...events, added, added, added].join("' '")}'`
  const hotPlug = new HotPlug({ command: ['sh', '-c', script], restartMs: 100, onPlugged: () => (told += 1) })
  hotPlug.start()
  t.teardown(() => hotPlug.stop())
  await waitFor(() => told > 0, { what: 'the first event' })
  t.is(told, 1)
  await waitFor(() => told > 1, { what: 'the next watcher' })
})

test('tells nothing of a device that goes; without a watcher there is nothing to tell', async (t) => {
  let told = 0
  let runs = 0
  const onPlugged = (): void => {
    told += 1
  }
  const gone = new HotPlug({
    command: ['sh', '-c', `printf '%s\\n' '${events.join("' '")}'`],
    restartMs: 10,
    settleMs: 0,
    onPlugged,
  })
  const missing = new HotPlug({ command: ['/nowhere/udevadm'], restartMs: 10, onPlugged })
  for (const each of [gone, missing]) {
    each.start()
    t.teardown(() => each.stop())
  }
  const enough = (): boolean => {
    runs += 1
    return runs > 10
  }
  await waitFor(enough, { what: 'some rounds' })
  t.is(told, 0)
})
