import test from 'ava'
import {
  type SoundAttributes,
  type SoundElement,
  soundElements,
  soundLack,
  voiceChain,
} from '../../../firmware/media/graph/sound.js'
import { attributes, defaultAttributes } from '../../../firmware/pusher/attributes.js'

const off: SoundAttributes = defaultAttributes
const all = new Set<string>(soundElements)
const without = (element: SoundElement) => new Set([...all].filter((each) => each !== element))
const reverbs = [1, 2, 3, 4, 5, 6, 7] as const
const voices = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11] as const

test('nothing is in the chain when all is off', (t) => {
  t.is(voiceChain(off, all), '')
  t.is(voiceChain(off, new Set()), '')
})

test('every reverb and every voice has a chain of its own', (t) => {
  const chains = [
    ...reverbs.map((type) => voiceChain({ ...off, 'audio-reverb-type': type }, all)),
    ...voices.map((type) => voiceChain({ ...off, 'voice-changer-type': type }, all)),
  ]
  t.true(chains.every((chain) => chain !== ''))
  t.is(new Set(chains).size, chains.length)
  for (const type of voices) t.true(attributes['voice-changer-type'].schema.safeParse(type).success)
})

test('gain and noise suppression share one element, before voice and reverb', (t) => {
  const chain = voiceChain(
    { 'enable-agc': true, 'enable-ans': true, 'audio-reverb-type': 2, 'voice-changer-type': 3 },
    all,
  )
  t.deepEqual(chain.match(/webrtcdsp|pitch |freeverb/g), ['webrtcdsp', 'pitch ', 'freeverb'])
  t.regex(chain, /gain-control=true noise-suppression=true/)
  t.regex(voiceChain({ ...off, 'enable-ans': true }, all), /gain-control=false noise-suppression=true/)
})

test('an effect that lacks an element is left out and says so; the others stay', (t) => {
  const wish: SoundAttributes = {
    'enable-agc': true,
    'enable-ans': false,
    'audio-reverb-type': 2,
    'voice-changer-type': 3,
  }
  const elements = without('pitch')
  const chain = voiceChain(wish, elements)
  t.false(chain.includes('pitch'))
  t.deepEqual(chain.match(/webrtcdsp|freeverb/g), ['webrtcdsp', 'freeverb'])
  t.is(
    soundLack('voice-changer-type', wish, elements),
    "no effect here: GStreamer's pitch is missing (gstreamer1.0-plugins-bad)",
  )
  t.is(soundLack('audio-reverb-type', wish, elements), undefined)
  t.regex(soundLack('enable-agc', wish, without('webrtcdsp')) ?? '', /webrtcdsp is missing/)
  t.is(soundLack('enable-ans', wish, without('webrtcdsp')), undefined, 'off lacks nothing')
  t.is(soundLack('muted', wish, new Set()), undefined)
})
