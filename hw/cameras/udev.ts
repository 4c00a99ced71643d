/** What udev knows about a video node: /run/udev/data/c<major>:<minor>. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface UdevFacts {
  /** `capture`, `video_output`, … as v4l_id found them when the node appeared */
  readonly capabilities: readonly string[]
  readonly card: string
  readonly driver: string
}

/** `device` is `81:0` as in the node's `dev` file of sysfs; undefined where udev is not there or knows nothing. */
export async function udevFacts(root: string, device: string): Promise<UdevFacts | undefined> {
  if (!/^\d+:\d+$/.test(device)) return undefined
  const text = await readFile(join(root, 'run/udev/data', `c${device}`), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const property = (name: string): string =>
    text
      .split('\n')
      .find((line) => line.startsWith(`E:${name}=`))
      ?.slice(name.length + 3) ?? ''
  return {
    capabilities: property('ID_V4L_CAPABILITIES').split(':').filter(Boolean),
    card: property('ID_V4L_PRODUCT'),
    driver: property('ID_USB_DRIVER'),
  }
}
