import { gopFrames, preset, rateBufferMs, sound } from './encoding.js'
import { type Contender, type Stream, startTool } from './publisher.js'

/** Moving colour bars with a field of noise, clock and label, as near to the box's test picture as ffmpeg comes. */
const testPicture = ({ width, height, fps }: Stream): string =>
  [
    `smptebars=size=${width}x${height}:rate=${fps},scroll=horizontal=${2 / width},split[bars][corner]`,
    '[corner]crop=iw/4:ih/4:iw*3/4:ih*3/4,lutyuv=y=128:u=128:v=128,noise=c0s=100:c0f=t+u[noise]',
    `[bars][noise]overlay=x=W-w:y=H-h,${text('%{localtime}', 'x=w-tw-10:y=10')},${text('testbox front', 'x=10:y=h-th-10')}`,
  ].join(';')

const text = (words: string, place: string): string =>
  `drawtext=text='${words}':${place}:fontsize=16:fontcolor=white:box=1:boxcolor=black@0.5`

/** Crop to the wanted shape and scale, as the box does. */
const shape = ({ width, height, fps }: Stream): string =>
  `fps=${fps},crop='min(iw,ih*${width}/${height})':'min(ih,iw*${height}/${width})',scale=${width}:${height}`

const input = (stream: Stream): string[] =>
  stream.clip === undefined
    ? ['-re', '-f', 'lavfi', '-i', testPicture(stream)]
    : ['-stream_loop', '-1', '-re', '-i', stream.clip]

export const ffmpegArguments = (url: string, stream: Stream): string[] => [
  ...['-nostdin', '-hide_banner', '-v', 'error', ...input(stream)],
  ...['-re', '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${sound.sampleRate}`],
  ...['-map', '0:v', '-map', '1:a'],
  ...(stream.clip === undefined ? [] : ['-vf', shape(stream)]),
  ...['-c:v', 'libx264', '-preset', preset, '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-bf', '0'],
  ...['-g', String(gopFrames(stream))],
  ...['-b:v', `${stream.videoKbps}k`, '-maxrate', `${stream.videoKbps}k`],
  ...['-bufsize', `${(stream.videoKbps * rateBufferMs) / 1000}k`],
  ...['-c:a', 'aac', '-b:a', `${sound.kbps}k`, '-ac', '1', '-f', 'flv', url],
]

export const ffmpeg: Contender = {
  name: 'ffmpeg',
  start: (t, url, stream) => startTool(t, 'ffmpeg', ffmpegArguments(url, stream)),
}
