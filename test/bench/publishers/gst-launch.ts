/**
 * `gst-launch-1.0` with one pipeline of the same sources, encoders and parameters, without what the box adds: no hub,
 * no queue, no snapshot branch, no control. The text comes from the firmware's own graph.
 */
import { audioLane, videoLane } from '../../../firmware/media/graph/lanes.js'
import type { LaneSpec } from '../../../firmware/media/protocol.js'
import type { FlashingDevices } from '../../support/flashing-devices.js'
import type { Teardown } from '../../support/teardown.js'
import { audioPlan, presence, videoPlan } from './encoding.js'
import { type Contender, type Publisher, type Stream, startTool } from './publisher.js'

/** A value in launch text, whatever characters it has. */
const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`

/** From the source to the parser. Names are the box's handles; in one pipeline they would collide. */
const upToParser = ({ launch, settings }: LaneSpec): string => {
  const end = launch.indexOf(' ! flvmux ')
  if (end < 0) throw new Error(`the launch text has no flvmux any more: ${launch}`)
  let text = launch.slice(0, end).replace('tee name=shot ! ', '')
  for (const { element, property, value } of settings) {
    const shown = typeof value === 'string' ? quoted(value) : String(value)
    text = text.replace(` name=${element}`, ` name=${element} ${property}=${shown}`)
  }
  return text.replace(/ name=\w+/g, '')
}

/** What the box's clip player does, at the clip's own pace. */
const decodedClip = (file: string): string =>
  `filesrc location=${quoted(file)} ! decodebin ! queue ! videoconvert ! videorate ! video/x-raw,format=I420,framerate=[1/1,60/1] ! clocksync`

/** The bench's own camera and microphone instead of the test picture and tone. */
export const gstLaunchOf = async (
  t: Teardown,
  url: string,
  stream: Stream,
  { env }: FlashingDevices,
): Promise<Publisher> => {
  const video = videoLane({ ...videoPlan(stream), source: { kind: 'libcamera' } }, await presence())
  const audio = audioLane({ ...(await audioPlan()), source: { kind: 'alsa', device: 'flashing' } })
  const launch = `${upToParser(video)} ! mux. ${upToParser(audio)} ! mux. flvmux name=mux streamable=true ! rtmp2sink location=${quoted(url)}`
  return startTool(t, 'gst-launch-1.0', ['-q', ...words(launch)], env)
}

export const gstLaunchText = async (url: string, stream: Stream, chunkSize?: number): Promise<string> => {
  const video = upToParser(videoLane(videoPlan(stream), await presence()))
  const source = /^appsrc[^!]*/
  const picture = stream.clip === undefined ? video : video.replace(source, `${decodedClip(stream.clip)} `)
  const sink = `rtmp2sink location=${quoted(url)}${chunkSize === undefined ? '' : ` chunk-size=${chunkSize}`}`
  return `${picture} ! mux. ${upToParser(audioLane(await audioPlan()))} ! mux. flvmux name=mux streamable=true ! ${sink}`
}

/** Words of launch text as a shell would give them, quotes kept: gst-launch escapes what is outside of quotes. */
export const words = (launch: string): string[] => launch.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? []

/** @param chunkSize of RTMP in bytes; undefined: the sink's own default */
export const gstLaunch = (chunkSize?: number, name = 'gst-launch'): Contender => ({
  name,
  start: async (t, url, stream) =>
    startTool(t, 'gst-launch-1.0', ['-q', ...words(await gstLaunchText(url, stream, chunkSize))]),
})
