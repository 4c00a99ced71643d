import test from 'ava'
import { discoverMicrophones } from '../../../hw/microphones/discover.js'
import { fixtureTree, type Tree } from './fixture-tree.js'

const machine: Tree = {
  'proc/asound/cards': [
    ' 0 [PCH            ]: HDA-Intel - HDA Intel PCH',
    '                      HDA Intel PCH at 0xf7f10000 irq 30',
    ' 1 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0',
    '                      vc4-hdmi-0',
    ' 2 [Webcam         ]: USB-Audio - C270 HD WEBCAM',
    '                      C270 HD WEBCAM at usb-0000:00:14.0-1, high speed',
    '12 [Loopback       ]: Loopback - Loopback',
    '                      Loopback 1',
  ].join('\n'),
  'proc/asound/pcm': [
    '00-00: ALC269VC Analog : ALC269VC Analog : playback 1 : capture 1',
    '00-02: ALC269VC Alt Analog : ALC269VC Alt Analog : capture 1',
    '01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1',
    '02-00: USB Audio : USB Audio : capture 1',
    '12-01: Loopback PCM : Loopback PCM : playback 8 : capture 8',
  ].join('\n'),
  'dev/snd/pcmC0D0c': '',
  'dev/snd/pcmC2D0c': '',
  'dev/snd/pcmC12D1c': '',
  'proc/asound/card0/pcm0c/info':
    'card: 0\ndevice: 0\nstream: CAPTURE\nsubdevices_count: 1\nsubdevices_avail: 0\n',
  'proc/asound/card2/pcm0c/info':
    'card: 2\ndevice: 0\nstream: CAPTURE\nsubdevices_count: 1\nsubdevices_avail: 1\n',
}

test('lists every capture device by the id of its card, with why it can (not) be used', async (t) => {
  const found = await discoverMicrophones(await fixtureTree(t, machine))
  t.deepEqual(
    found.map(({ spec, usable, why }) => [spec, usable, why]),
    [
      ['alsa:hw:CARD=PCH,DEV=0', false, 'in use by another program'],
      ['alsa:hw:CARD=PCH,DEV=2', false, 'the device node is missing or its device is gone'],
      ['alsa:hw:CARD=Webcam,DEV=0', true, 'captures USB Audio'],
      ['alsa:hw:CARD=Loopback,DEV=1', false, 'a loopback of what this machine plays, not a microphone'],
    ],
  )
  t.like(found[2], { card: 'Webcam', title: 'C270 HD WEBCAM', driver: 'USB-Audio' })
})

test('a machine without sound, or without any card, has no microphones', async (t) => {
  t.deepEqual(await discoverMicrophones(await fixtureTree(t, {})), [])
  const none = await fixtureTree(t, { 'proc/asound/cards': '--- no soundcards ---\n', 'proc/asound/pcm': '' })
  t.deepEqual(await discoverMicrophones(none), [])
})
