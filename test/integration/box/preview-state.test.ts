import test from 'ava'
import { startBox } from '../../support/box.js'
import { probe } from '../../support/judge.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'

test('startPreview shows the picture without pushing, start pushes from there, stop ends both', async (t) => {
  const ingest = await startRtmpIngest(t)
  const box = await startBox(t, { config: { attributes: { url: ingest.url() } } })
  t.true((await box.request('startPreview')).ok)
  await box.code(1007)
  const { video } = await probe(`${box.httpUrl}/preview.flv`)
  t.is(video?.codec, 'h264')
  t.is(box.state()?.state, 'idle')
  t.is(ingest.connections().accepted, 0)
  t.true((await box.request('snapshot')).ok)
  t.is((await box.request('pause')).errCode, -1)

  t.true((await box.request('start')).ok)
  await box.code(1002)
  t.is(box.codes().filter(({ code }) => code === 1003).length, 1, 'the camera stays open')
  t.regex(String((await box.request('stopPreview')).result?.note), /nothing to do/)
  t.true((await box.request('stop')).ok)
  t.is((await box.request('snapshot')).errCode, -1)
})

test('stopPreview closes the camera', async (t) => {
  const box = await startBox(t)
  await box.request('startPreview')
  await box.code(1007)
  t.true((await box.request('stopPreview')).ok)
  t.is((await box.request('snapshot')).errCode, -1)
  t.regex(String((await box.request('stopPreview')).result?.note), /nothing to do/)
})

test('startPreview without the camera is refused and says -1301', async (t) => {
  const box = await startBox(t, { config: { cameras: { front: 'v4l2:/dev/video77', back: 'none' } } })
  t.is((await box.request('startPreview')).errCode, -7)
  t.is((await box.code(-1301)).cause?.device, '/dev/video77')
  t.is((await box.request('snapshot')).errCode, -1)
})
