/** Every video node of the machine with what it is. */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { PixelFormat } from './formats.js'
import { judge, judgeUnanswered } from './judge.js'
import { udevFacts } from './udev.js'
import { type AskNode, askNode } from './v4l2.js'

export interface FoundCamera {
  /** `v4l2:/dev/video0`; the number may be another one after the next start */
  readonly spec: string
  /** the same device by a name that stays (by-id, else by-path), where udev gives one */
  readonly stable?: string
  readonly card: string
  readonly driver: string
  /** tells devices apart: two nodes of one camera have the same */
  readonly busInfo: string
  readonly formats: readonly PixelFormat[]
  readonly capture: boolean
  readonly usable: boolean
  /** the receiver of a camera on the CSI connector: for libcamera */
  readonly csi: boolean
  readonly why: string
}

export interface DiscoverOptions {
  /** stands before /sys, /dev and /run; a tree of files in tests */
  readonly root?: string
  readonly ask?: AskNode
}

/** In the order of node numbers. Never rejects; a machine without cameras has an empty list. */
export async function discoverCameras({
  root = '/',
  ask = askNode,
}: DiscoverOptions = {}): Promise<FoundCamera[]> {
  const names = await readdir(join(root, 'sys/class/video4linux')).catch(() => [])
  const numbers = names
    .flatMap((name) => /^video(\d{1,4})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const links = await stableLinks(root)
  return Promise.all(numbers.map((number) => look(root, `video${number}`, links, ask)))
}

/** One node, e.g. `video0`, as {@link discoverCameras} lists it; undefined where there is none of that name. */
export async function discoverCamera(
  name: string,
  { root = '/', ask = askNode }: DiscoverOptions = {},
): Promise<FoundCamera | undefined> {
  const names: readonly string[] = await readdir(join(root, 'sys/class/video4linux')).catch(() => [])
  return names.includes(name) ? look(root, name, await stableLinks(root), ask) : undefined
}

async function look(
  root: string,
  name: string,
  links: ReadonlyMap<string, string>,
  ask: AskNode,
): Promise<FoundCamera> {
  const folder = join(root, 'sys/class/video4linux', name)
  const [answer, sysName, device] = await Promise.all([
    ask(join(root, 'dev', name)),
    line(join(folder, 'name')),
    line(join(folder, 'dev')),
  ])
  const stable = links.get(name)
  const named = { spec: `v4l2:/dev/${name}`, ...(stable === undefined ? {} : { stable: `v4l2:${stable}` }) }
  if (answer.ok) {
    const { driver, card, busInfo, formats } = answer.facts
    return { ...named, card: card || sysName, driver, busInfo, formats, ...judge(answer.facts) }
  }
  const udev = await udevFacts(root, device)
  return {
    ...named,
    card: udev?.card || sysName,
    driver: udev?.driver || (await driverOf(folder)),
    busInfo: '',
    formats: [],
    ...judgeUnanswered(answer, udev),
  }
}

/** Node name → link. by-id follows the camera to another socket, by-path the socket: by-id is preferred. */
async function stableLinks(root: string): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>()
  for (const kind of ['by-path', 'by-id']) {
    const folder = join('/dev/v4l', kind)
    const names = await readdir(join(root, folder)).catch(() => [])
    for (const name of names.sort()) {
      const target = await readlink(join(root, folder, name)).catch(() => undefined)
      if (target !== undefined) links.set(basename(target), join(folder, name))
    }
  }
  return links
}

const line = async (file: string): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n')[0]?.trim() ?? ''

const driverOf = async (folder: string): Promise<string> =>
  basename(await readlink(join(folder, 'device/driver')).catch(() => ''))
