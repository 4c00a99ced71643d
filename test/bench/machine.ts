/** What a figure was measured on: without it the figure says nothing. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { arch, cpus, loadavg, release, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { ownVersion } from '../../firmware/version.js'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly arch: string
  readonly kernel: string
  readonly memoryMB: number
  readonly os: string
}

export interface Versions {
  readonly project: string
  readonly node: string
  readonly gstreamer: string
  readonly ffmpeg: string
}

const run = promisify(execFile)

/** First line of what a tool says; empty when there is no such tool. */
const firstLine = async (tool: string, ...args: string[]): Promise<string> => {
  try {
    const { stdout } = await run(tool, args, { timeout: 10_000, cwd: import.meta.dirname })
    return stdout.split('\n')[0]?.trim() ?? ''
  } catch {
    return ''
  }
}

const osName = async (): Promise<string> => {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'Linux'
}

export const describeMachine = async (): Promise<Machine> => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  arch: arch(),
  kernel: release(),
  memoryMB: Math.round(totalmem() / 2 ** 20),
  os: await osName(),
})

export const describeVersions = async (): Promise<Versions> => {
  const [gstreamer, ffmpeg, commit] = await Promise.all([
    firstLine('gst-launch-1.0', '--version'),
    firstLine('ffmpeg', '-version'),
    firstLine('git', 'rev-parse', '--short', 'HEAD'),
  ])
  return {
    project: commit === '' ? ownVersion() : `${ownVersion()} (${commit})`,
    node: process.version,
    gstreamer: gstreamer.replace(/^.*version /, '') || 'missing',
    ffmpeg: /^ffmpeg version (\S+)/.exec(ffmpeg)?.[1] ?? 'missing',
  }
}

/** Load average of the last minute. */
export const load = (): number => loadavg()[0] ?? 0
