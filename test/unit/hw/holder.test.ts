import { realpath, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { holderOf } from '../../../hw/holder.js'
import { fixtureTree } from './fixture-tree.js'

test('names the process that has a camera or a microphone open, and nobody where that can’t be known', async (t) => {
  const root = await realpath(
    await fixtureTree(t, {
      'dev/video0': '',
      'dev/video1': '',
      'dev/v4l/by-id/usb-Webcam-video-index0': { link: '../../video0' },
      'dev/snd/pcmC1D0c': '',
      'proc/asound/Webcam': { link: 'card1' },
      'proc/811/fd/3': '',
      'proc/811/comm': 'sh\n',
      'proc/812/comm': 'ffmpeg\n',
      'proc/812/fd/4': { link: '../../../dev/video0' },
      'proc/813/fd/5': { link: '../../../dev/snd/pcmC1D0c' },
    }),
  )
  // The kernel's links are absolute.
  for (const [fd, node] of [
    ['812/fd/4', 'dev/video0'],
    ['813/fd/5', 'dev/snd/pcmC1D0c'],
  ] as const) {
    await rm(join(root, 'proc', fd))
    await symlink(join(root, node), join(root, 'proc', fd))
  }
  t.is(await holderOf('/dev/video0', root), 'ffmpeg (812)')
  t.is(await holderOf('/dev/v4l/by-id/usb-Webcam-video-index0', root), 'ffmpeg (812)')
  for (const device of ['hw:CARD=Webcam,DEV=0', 'hw:Webcam,0', 'plughw:1'])
    t.is(await holderOf(device, root), 'a process (813)')
  for (const device of ['/dev/video1', '/dev/video9', 'default', 'hw:CARD=Other,DEV=0', 'hw:Webcam,1'])
    t.is(await holderOf(device, root), undefined)
})
