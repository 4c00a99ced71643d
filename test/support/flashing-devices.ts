/**
 * A camera and a microphone in this process's hands: GStreamer takes them for libcamera's and ALSA's. The picture is
 * dark and the sound silent but for flashes and beeps whose moments are known, which no part of the box can know.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { gstreamerWith } from './gst-plugins.js'
import { loopback } from './ports.js'
import type { Teardown } from './teardown.js'

export interface Flash {
  /** when the first bright picture was handed over, ms on performance's clock */
  readonly lightAtMs: number
  /** when the first sample of the beep was */
  readonly soundAtMs: number
}

export interface FlashingDevices {
  /** for the process that opens them */
  readonly env: Readonly<Record<string, string>>
  /** in a box's configuration */
  readonly camera: 'libcamera'
  readonly microphone: 'alsa:flashing'
  /** with the next picture; resolves when light and sound are out */
  flash(): Promise<Flash>
}

/** Small enough that a picture is one datagram; the stand-in scales it up. */
const width = 160
const height = 90
const dark = 40
const bright = 220
const flashMs = 200
const sampleRate = 48_000
const chunkMs = 10
const beepHz = 1_000

const picture = (luma: number): Buffer =>
  Buffer.concat([Buffer.alloc(width * height, luma), Buffer.alloc((width * height) / 2, 128)])

const beep = (from: number): Buffer => {
  const samples = (sampleRate * chunkMs) / 1_000
  const chunk = Buffer.alloc(samples * 2)
  for (let at = 0; at < samples; at++) {
    const angle = (2 * Math.PI * beepHz * (from + at)) / sampleRate
    chunk.writeInt16LE(Math.round(16_000 * Math.sin(angle)), at * 2)
  }
  return chunk
}

/** Calls back at every multiple of the interval since the start, late ones at once. */
const everyMs = (t: Teardown, intervalMs: number, act: (nth: number) => void): void => {
  const startedMs = performance.now()
  let nth = 0
  let timer: NodeJS.Timeout
  const next = (): void => {
    while (startedMs + nth * intervalMs <= performance.now()) act(nth++)
    timer = setTimeout(next, startedMs + nth * intervalMs - performance.now())
  }
  next()
  t.teardown(() => clearTimeout(timer))
}

/** A free UDP port: nobody else takes it in the moment until GStreamer does. */
const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0, loopback)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

export const startFlashingDevices = async (
  t: Teardown,
  { fps }: { readonly fps: number },
): Promise<FlashingDevices> => {
  const [videoPort, audioPort] = [await freeUdpPort(), await freeUdpPort()]
  const raw = `video/x-raw,format=I420,width=${width},height=${height},framerate=${fps}/1`
  const sound = `audio/x-raw,format=S16LE,rate=${sampleRate},channels=1,layout=interleaved`
  const from = (port: number, caps: string): string =>
    `udpsrc address=${loopback} port=${port} buffer-size=4000000 caps="${caps}"`
  const env = await gstreamerWith(t, {
    without: ['alsa'],
    standIns: [
      { name: 'libcamerasrc', properties: ['camera-name'], first: `${from(videoPort, raw)} ! videoscale` },
      {
        name: 'alsasrc',
        properties: ['device', 'provide-clock', 'buffer-time', 'latency-time'],
        first: from(audioPort, sound),
      },
    ],
  })
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  const pictures = { dark: picture(dark), bright: picture(bright) }
  const silence = Buffer.alloc(beep(0).length)
  let waiting: ((flash: Flash) => void) | undefined
  let lightAtMs: number | undefined
  let soundAtMs: number | undefined
  everyMs(t, 1_000 / fps, () => {
    if (waiting) lightAtMs ??= performance.now()
    const isLit = lightAtMs !== undefined && performance.now() - lightAtMs < flashMs
    socket.send(isLit ? pictures.bright : pictures.dark, videoPort, loopback)
  })
  everyMs(t, chunkMs, (nth) => {
    if (lightAtMs !== undefined) soundAtMs ??= performance.now()
    const isLoud = soundAtMs !== undefined && performance.now() - soundAtMs < flashMs
    socket.send(isLoud ? beep(nth * chunkMs * (sampleRate / 1_000)) : silence, audioPort, loopback)
    if (lightAtMs === undefined || soundAtMs === undefined || isLoud) return
    waiting?.({ lightAtMs, soundAtMs })
    waiting = lightAtMs = soundAtMs = undefined
  })
  return {
    env,
    camera: 'libcamera',
    microphone: 'alsa:flashing',
    flash: () => new Promise((resolve) => (waiting = resolve)),
  }
}
