import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { CpuMeter } from '../../../hw/telemetry/cpu-meter.js'
import { fixtureTree, type Tree } from './fixture-tree.js'

const machine = (busy: number, idle: number): string => `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\n`

/** /proc/PID/stat of a process whose name makes the fields hard to find. */
const process = (pid: number, user: number, system: number): string =>
  `${pid} (a) 9 (b) S 1 ${pid} ${pid} 0 -1 4194560 100 0 0 0 ${user} ${system} 900 900 20 0 11 0 1000\n`

const tree: Tree = {
  'proc/stat': machine(1_000, 9_000),
  'proc/7/stat': process(7, 50, 10),
  'proc/7/task/7/children': '8 9 ',
  'proc/8/stat': process(8, 100, 0),
  'proc/8/task/8/children': '',
  'proc/9/stat': process(9, 0, 40),
  'proc/9/task/9/children': '',
}

test('the box takes what its process and all below it take, of all CPUs', async (t) => {
  const root = await fixtureTree(t, tree)
  const meter = new CpuMeter({ root, pid: 7, shortestMs: 0 })
  t.deepEqual(await meter.read(), {}, 'nothing to compare with')
  await Promise.all([
    writeFile(join(root, 'proc/stat'), machine(1_060, 9_140)),
    writeFile(join(root, 'proc/7/stat'), process(7, 55, 10)),
    writeFile(join(root, 'proc/9/stat'), process(9, 0, 60)),
  ])
  t.deepEqual(await meter.read(), { process: 12.5, system: 30 })
  t.deepEqual(await meter.read(), {}, 'no ticks went by')
})

test('where the kernel does not tell of children, the share of the box is absent', async (t) => {
  const { 'proc/8/task/8/children': _, 'proc/7/task/7/children': __, ...others } = tree
  const root = await fixtureTree(t, others)
  const meter = new CpuMeter({ root, pid: 7, shortestMs: 0 })
  await meter.read()
  await writeFile(join(root, 'proc/stat'), machine(1_100, 9_100))
  t.deepEqual(await meter.read(), { system: 50 })
})

test('who asks again at once gets the same answer, and a real machine tells both', async (t) => {
  const meter = new CpuMeter()
  const first = meter.read()
  t.is(meter.read(), first)
  const busy = new CpuMeter({ shortestMs: 0 })
  await busy.read()
  const from = performance.now()
  while (performance.now() - from < 50) JSON.parse('[1, 2, 3]')
  const { process, system } = await busy.read()
  t.true(process !== undefined && process > 0 && process <= 100, `${process}`)
  t.true(system !== undefined && system > 0 && system <= 100, `${system}`)
})
