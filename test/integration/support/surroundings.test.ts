import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { gstreamerWith } from '../../support/gst-plugins.js'
import { holds } from '../../support/holds.js'
import { canMount, startSmallDisk } from '../../support/small-disk.js'

test('what holds is watched for the whole time, and what stops to hold is told at once', async (t) => {
  const start = performance.now()
  await holds(() => true, { what: 'nothing', forMs: 100 })
  t.true(performance.now() - start >= 100)
  const until = performance.now() + 60
  const broken = await t.throwsAsync(holds(() => performance.now() < until, { what: 'peace', forMs: 10_000 }))
  t.regex(broken.message, /^peace: no longer after/)
  t.true(performance.now() - until < 5_000)
})

test('a few at once: the others wait for their turn, also after one that failed', async (t) => {
  const few = aFewAtOnce(2)
  const undo: (() => void)[] = []
  const context = { teardown: (leave: () => void) => undo.push(leave) } as unknown as ExecutionContext
  let running = 0
  const body = few(() => {
    running += 1
    if (running === 1) throw new Error('failed')
  })
  const runs = [0, 1, 2].map(async () => body(context))
  await t.throwsAsync(runs[0]!, { message: 'failed' })
  await runs[1]
  t.is(running, 2)
  undo[0]!()
  await runs[2]
  t.is(running, 3)
})

test('GStreamer has the plugins that it is given, and an element under another name', async (t) => {
  const env = await gstreamerWith(t, { without: ['x264'], openh264As: 'v4l2h264enc' })
  const exists = (element: string): Promise<boolean> =>
    promisify(execFile)('gst-inspect-1.0', ['--exists', element], {
      env: { ...process.env, ...env },
      timeout: 20_000,
    }).then(
      () => true,
      () => false,
    )
  t.deepEqual(await Promise.all(['rtmp2sink', 'x264enc', 'openh264enc', 'v4l2h264enc'].map(exists)), [
    true,
    false,
    false,
    true,
  ])
  await t.throwsAsync(gstreamerWith(t, { openh264As: 'short' }), { message: /one length/ })
})

const testOnDisk = canMount() ? test : test.skip

testOnDisk('a small disk gets full, has room again, and becomes read-only', async (t) => {
  const disk = await startSmallDisk(t, 64)
  const file = join(disk.path, 'file')
  const write = (text: string): Promise<void> => writeFile(file, text)
  await write('before')
  disk.fill()
  await t.throwsAsync(writeFile(join(disk.path, 'more'), Buffer.alloc(8_192)), { code: 'ENOSPC' })
  disk.free()
  await write('with room')
  disk.readOnly()
  await t.throwsAsync(write('read-only'), { code: 'EROFS' })
  disk.writable()
  await write('after')
  t.is(await readFile(file, 'utf8'), 'after')
})
