import { readdir, readFile } from 'node:fs/promises'

export interface RunningProcess {
  readonly pid: number
  readonly parent: number
  readonly args: readonly string[]
}

const read = async (pid: number): Promise<RunningProcess | undefined> => {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ])
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // a zombie has ended; its parent has not looked yet
    if (state === 'Z') return undefined
    return { pid, parent: Number(parent), args: command.split('\0').slice(0, -1) }
  } catch {
    // it ended while we looked
    return undefined
  }
}

/** The process and everything that descends from it and runs. */
export const treeOf = async (pid: number): Promise<RunningProcess[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const all = (await Promise.all(pids.map(read))).filter((each) => each !== undefined)
  const below = (root: RunningProcess): RunningProcess[] => [
    root,
    ...all.filter(({ parent }) => parent === root.pid).flatMap(below),
  ]
  return all.filter((each) => each.pid === pid).flatMap(below)
}

export const isRunning = async (pid: number): Promise<boolean> => (await read(pid)) !== undefined
