import test from 'ava'
import { previewView } from '../../../firmware/daemon/preview-view.js'
import type { PreviewView } from '../../../firmware/pusher/preview.js'
import { startBoxRig } from './live-pusher-rig.js'

test('a page is told whether there is a picture and on which side left is, and figures only while debug is set', async (t) => {
  const rig = await startBoxRig(t)
  const asked: string[] = []
  const view = (): Promise<PreviewView> =>
    previewView('tripod', rig.box, async () => {
      asked.push('figures')
      return rig.box.debug()
    })
  t.deepEqual(await view(), { name: 'tripod', state: 'idle', picture: false, mirrored: false })
  await rig.push()
  t.deepEqual(await view(), { name: 'tripod', state: 'pushing', picture: true, mirrored: true })
  await rig.submit('switchCamera')
  t.is((await view()).mirrored, false)
  await rig.submit('setAttributes', { 'local-mirror': 'enable' })
  t.is((await view()).mirrored, true)
  await rig.submit('setAttributes', { mirror: true })
  t.is((await view()).mirrored, false, 'the stream is mirrored already')
  await rig.submit('setAttributes', { 'remote-mirror': false })
  t.is((await view()).mirrored, true, 'which counts more than its older name')
  t.deepEqual(asked, [])

  await rig.submit('setAttributes', { debug: true })
  const { debug } = await view()
  t.is(debug?.figures.RES, '360x640')
  t.like(debug?.codes.at(-1), { code: 1002, level: 'event', messageZh: '与服务器握手完毕，开始推流。' })
  await rig.submit('setAttributes', { debug: false })
  t.false('debug' in (await view()))
  rig.media.die()
  t.like(await view(), { picture: false, mirrored: false })
})
