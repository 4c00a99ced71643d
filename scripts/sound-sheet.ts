/**
 * Makes docs/sound-effects.png: spectrograms of a spoken sentence with every reverb and every voice, as the sound lane
 * computes them. Needs espeak-ng and ffmpeg. To be run again when an effect changes.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SoundAttributes, soundElements, voiceChain } from '../firmware/media/graph/sound.js'

const off: SoundAttributes = {
  'enable-agc': false,
  'enable-ans': false,
  'audio-reverb-type': 0,
  'voice-changer-type': 0,
}
const sentence = 'The box on the tripod pushes what it sees and hears.'
const reverbs = ['off', 'karaoke', 'small room', 'big hall', 'deep', 'resonant', 'metallic', 'husky'] as const
const voices = {
  1: 'naughty boy',
  2: 'little girl',
  3: 'middle-aged man',
  4: 'heavy metal',
  6: 'foreigner',
  7: 'trapped beast',
  8: 'chubby',
  9: 'strong current',
  10: 'heavy machinery',
  11: 'ethereal',
} as const
const cells: readonly { readonly label: string; readonly wish: Partial<SoundAttributes> }[] = [
  ...reverbs.map((name, index) => ({
    label: index === 0 ? 'as spoken' : `reverb ${index} ${name}`,
    wish: { 'audio-reverb-type': index as SoundAttributes['audio-reverb-type'] },
  })),
  ...Object.entries(voices).map(([index, name]) => ({
    label: `voice ${index} ${name}`,
    wish: { 'voice-changer-type': Number(index) as SoundAttributes['voice-changer-type'] },
  })),
]
const columns = 3
const cell = { width: 420, height: 150 }
const elements: ReadonlySet<string> = new Set(soundElements)
const run = (command: string, ...args: readonly string[]): void =>
  void execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'sound-sheet-'))
try {
  const spoken = join(folder, 'spoken.wav')
  run('espeak-ng', '-v', 'en', '-s', '150', '-w', spoken, sentence)
  cells.forEach(({ label, wish }, index) => {
    const heard = join(folder, `${index}.wav`)
    const chain = voiceChain({ ...off, ...wish }, elements)
    const launch = [
      `filesrc location=${spoken} ! wavparse ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=1`,
      ...(chain === '' ? [] : [chain]),
      `audioconvert ! audio/x-raw,format=S16LE ! wavenc ! filesink location=${heard}`,
    ].join(' ! ')
    run('gst-launch-1.0', '-q', ...launch.split(' '))
    const spectrum = `aresample=16000,apad=whole_dur=4,atrim=0:4,showspectrumpic=s=${cell.width}x${cell.height}:legend=0:scale=log:drange=90`
    const title = `drawtext=text='${label}':x=8:y=6:fontsize=16:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=4`
    run('ffmpeg', '-v', 'error', '-i', heard, '-lavfi', `${spectrum},${title}`, join(folder, `${index}.png`))
  })
  const rows = Math.ceil(cells.length / columns)
  const sheet = fileURLToPath(new URL('../../docs/sound-effects.png', import.meta.url))
  const tiled = `tile=${columns}x${rows}:padding=4,format=pal8`
  run('ffmpeg', '-v', 'error', '-y', '-i', join(folder, '%d.png'), '-vf', tiled, '-frames:v', '1', sheet)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
