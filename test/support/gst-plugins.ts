import { execFile } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'

const run = promisify(execFile)

/** All that the box is made of; what a system lacks is left out by the test. */
const plugins = [
  'alsa',
  'app',
  'audioconvert',
  'audioparsers',
  'audioresample',
  'audiotestsrc',
  'coreelements',
  'debug',
  'flv',
  'gdp',
  'jpeg',
  'libav',
  'openh264',
  'pango',
  'rtmp',
  'rtmp2',
  'udp',
  'video4linux2',
  'videoconvertscale',
  'videocrop',
  'videofilter',
  'videoparsersbad',
  'videorate',
  'videotestsrc',
  'voaacenc',
  'volume',
  'x264',
] as const

export type Plugin = (typeof plugins)[number]

export interface PluginChoice {
  readonly without?: readonly Plugin[]
  /** puts openh264enc in under this name of as many letters: there, but not what it says */
  readonly openh264As?: string
  readonly standIns?: readonly StandIn[]
}

/** An element that bears the name of a real one, which must not be there, and is made of others that fail. */
export interface StandIn {
  readonly name: string
  /** what it accepts and ignores */
  readonly properties: readonly string[]
  /** launch text of the first one that a process makes */
  readonly first: string
  /** of every later one; the same when left out */
  readonly later?: string
}

/** The environment of a process for which GStreamer has these plugins only. */
export const gstreamerWith = async (
  t: Teardown,
  { without = [], openh264As, standIns = [] }: PluginChoice,
): Promise<Record<string, string>> => {
  const folder = await tempDir(t)
  const { stdout } = await run('gst-inspect-1.0', ['coreelements'], { timeout: 60_000 })
  const installed = /Filename\s+(\S+)/.exec(stdout)?.[1]
  if (installed === undefined) throw new Error(`gst-inspect-1.0 does not say where plugins are: ${stdout}`)
  const file = (plugin: string): string =>
    join(dirname(installed), basename(installed).replace('coreelements', plugin))
  for (const plugin of plugins) {
    if (without.includes(plugin)) continue
    if (plugin === 'openh264' && openh264As !== undefined)
      await writeFile(join(folder, basename(file(plugin))), await renamed(file(plugin), openh264As))
    else await symlink(file(plugin), join(folder, basename(file(plugin))))
  }
  if (standIns.length > 0) await buildStandIns(folder)
  const environment = {
    LIVE_PUSHER_STAND_INS: standIns.map(lineOf).join('\n'),
    GST_PLUGIN_SYSTEM_PATH_1_0: folder,
    GST_PLUGIN_PATH_1_0: '',
    GST_REGISTRY_1_0: join(folder, 'registry.bin'),
  }
  // Scanned once here, not by several processes at once.
  await run('gst-inspect-1.0', ['--exists', 'queue'], {
    env: { ...process.env, ...environment },
    timeout: 60_000,
  })
  return environment
}

const lineOf = ({ name, properties, first, later = first }: StandIn): string =>
  [name, properties.join(' '), first, later].join('\t')

const standInSource = fileURLToPath(new URL('../../../test/support/stand-ins/stand-ins.c', import.meta.url))

const buildStandIns = async (folder: string): Promise<void> => {
  const { stdout } = await run('pkg-config', ['--cflags', '--libs', 'gstreamer-1.0'], { timeout: 60_000 })
  const out = join(folder, 'libgststandins.so')
  const flags = ['-shared', '-fPIC', '-o', out, standInSource, ...stdout.trim().split(/\s+/)]
  await run('cc', flags, { timeout: 60_000 })
}

const renamed = async (file: string, name: string): Promise<Buffer> => {
  const own = 'openh264enc'
  if (name.length !== own.length) throw new Error(`${name} and ${own} must be of one length`)
  const bytes = await readFile(file)
  for (let at = bytes.indexOf(own); at >= 0; at = bytes.indexOf(own, at)) bytes.write(name, at)
  return bytes
}
