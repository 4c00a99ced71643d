/** The context and the example mini-program against a whole box. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { WebSocket } from 'ws'
import { methodNames as boxMethods } from '../../../firmware/pusher/context.js'
import {
  createLivePusherContext,
  type Failure,
  type MethodName,
  webSockets,
} from '../../../services/mini-program/context.js'
import { methodNames } from '../../../services/mini-program/methods.js'
import { startBox } from '../../support/box.js'
import { boxName } from '../../support/box-process.js'
import { type MiniProgram, startMiniProgram } from '../../support/mini-program/runtime.js'
import { refusingPort } from '../../support/ports.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'

const example = fileURLToPath(new URL('../../../mini-program', import.meta.url))
const open = webSockets(WebSocket)
const jpegStart = Buffer.from([0xff, 0xd8, 0xff])

const shows = (program: MiniProgram, text: string): Promise<unknown> =>
  waitFor(() => program.page().text().includes(text), { what: `“${text}” on ${program.page().text()}` })

/**
 * The examples of the component's documentation, as they stand there, but for the commas that one of them lacks and
 * the line that makes the context.
 */
const documented = (contextLine: string): string => `
  const { createLivePusherContext } = require('./lib/live-pusher-box.js')
  const box = getApp().globalData.box
  ${contextLine}
  pusher.start({
    success: function(ret){
      console.log('start push success!')
    },
    fail: function(){
      console.log('start push failed!')
    },
    complete: function(){
      console.log('start push complete!')
    }
  });
  module.exports = pusher
`
const documentedPage = `
  Page({
    onPush: function(ret) {
      if(ret.detail.code == 1002) {
        console.log('推流成功了',ret);
      }
    },
    statechange(e) {
      console.log('live-pusher code:', e.detail.code)
    },
    error(e) {
      console.error('live-pusher error:', e.detail.errMsg)
    }
  })
`

test('the example mini-program, the documented examples and a script on Node.js control a box as the component', async (t) => {
  t.timeout(120_000)
  const ingest = await startRtmpIngest(t)
  const box = await startBox(t, { config: { attributes: { url: ingest.url() } } })
  const url = `${box.httpUrl.replace('http', 'ws')}/mqtt`
  const host = box.httpUrl.replace('http://', '')

  // the example
  const program = startMiniProgram(t, example)
  t.true(program.page().text().includes('还没有设备'))
  program.page().happen('button', 'tap', {}, '添加设备')
  program
    .page()
    .happen('form', 'submit', { value: { host: ` ${host}`, box: boxName, username: '', password: '' } })
  await shows(program, '空闲')
  t.is(program.page().path, 'pages/control/control')
  program.page().happen('button', 'tap', {}, '开始推流')
  const session = await ingest.session(1, { messages: 10 })
  await shows(program, '直播中')
  await shows(program, '1002')
  await shows(program, 'kbit/s')

  program.page().happen('button', 'tap', {}, '静音')
  await waitFor(() => box.state()?.muted === true, { what: 'the box to be muted' })
  t.true((await box.set({ muted: false, beauty: 3 })).ok)
  await waitFor(() => program.page().data.muted === false && program.page().data.beauty === 3, {
    what: 'the page to follow the box',
  })
  program.page().happen('slider', 'changing', { value: 7 })
  await waitFor(() => box.attributes()?.beauty === 7, { what: 'the beauty of the slider' })
  program.page().happen('button', 'tap', {}, '切换摄像头')
  await waitFor(() => box.state()?.camera === 'back', { what: 'the other camera' })
  program.page().happen('button', 'tap', {}, '截图')
  const picture = await waitFor(() => program.page().find('image'), { what: 'the snapshot on the page' })
  const file = await readFile(String(picture.attributes.src))
  t.deepEqual(file.subarray(0, 3), jpegStart)

  // a socket that breaks with a tap on its way: done once, and told
  const before = box.codes().length
  program.cut()
  program.page().happen('button', 'tap', {}, '切换摄像头')
  await waitFor(() => box.state()?.camera === 'front', { what: 'the first camera again' })
  t.deepEqual(program.toasts, [])
  t.true(box.codes().length >= before)
  program.page().happen('button', 'tap', {}, '停止推流')
  await shows(program, '空闲')
  t.deepEqual(faultsOf(session), [])

  // the documented examples, with the context line changed
  const other = startMiniProgram(t, example)
  ;(other.run('module.exports = getApp()') as { globalData: object }).globalData = {
    box: { url, box: boxName },
  }
  const page = other.run(
    `let page; const Page = (given) => { page = given }; ${documentedPage}; module.exports = page`,
  )
  const pusher = other.run(documented('var pusher = createLivePusherContext(box);'), 'index.js') as {
    on(name: string, handler: unknown): void
    snapshot(options?: object): Promise<Record<string, string>>
    stop(options: object): void
    close(): void
  }
  const { onPush, statechange } = page as Record<string, unknown>
  pusher.on('statechange', onPush)
  pusher.on('statechange', statechange)
  await waitFor(() => other.log.some((line) => line.startsWith('推流成功了')), { what: 'the push' })
  t.deepEqual(
    other.log.filter((line) => line.startsWith('start push')),
    ['start push success!', 'start push complete!'],
  )
  t.true(other.log.includes('live-pusher code: 1002'))
  await waitFor(() => other.log.includes('live-pusher code: 1007'), { what: 'the first picture' })
  const still = await pusher.snapshot({ quality: 'compressed' })
  t.deepEqual([still.errMsg, still.width, still.height], ['operateLivePusher:ok', '360', '640'])
  pusher.close()

  // Node.js
  const events: { readonly type: string; readonly detail: Readonly<Record<string, unknown>> }[] = []
  const context = createLivePusherContext({
    url,
    box: boxName,
    open,
    bindnetstatus: (event) => events.push({ type: event.type, detail: { ...event.detail } }),
    bindstatechange: (event) => events.push({ type: event.type, detail: { ...event.detail } }),
  })
  t.teardown(() => context.close())
  t.like(await context.getMaxZoom(), { errMsg: 'operateLivePusher:ok' })
  t.like(await context.start(), { errMsg: 'operateLivePusher:ok' })
  const { tempImagePath } = await context.snapshot()
  t.deepEqual(Buffer.from(await (await fetch(tempImagePath)).arrayBuffer()).subarray(0, 3), jpegStart)
  const calls: unknown[] = []
  await new Promise<void>((resolve) => {
    const returned = context.setZoom({
      zoom: 0.5,
      success: () => calls.push('success'),
      fail: (error) => calls.push(error),
      complete: (result) => {
        calls.push(result)
        resolve()
      },
    })
    t.is(returned, undefined)
    t.deepEqual(calls, [], 'nothing is called before the method has returned')
  })
  const [failed, completed] = calls as [Failure, Failure]
  t.is(failed, completed)
  t.is(calls.length, 2)
  t.like(failed, { errCode: -2, problems: [{ path: 'zoom' }] })
  t.regex(failed.errMsg, /^operateLivePusher:fail zoom must be/)
  t.like(await t.throwsAsync(rejected(context.setAttributes({ fps: 99, 'max-bitrate': 700 }))), {
    failure: { errCode: -2, problems: [{ path: 'fps', message: 'must be a whole number from 1 to 30' }] },
  })
  t.is(context.view().attributes?.['max-bitrate'], 1000)
  await waitFor(() => events.some(({ type }) => type === 'netstatus'), { what: 'a netstatus' })
  const { info } = events.find(({ type }) => type === 'netstatus')!.detail
  t.is(typeof (info as { netSpeed: unknown }).netSpeed, 'number')
  await context.setAttributes({ filter: 'cool', 'max-bitrate': 900 })
  await waitFor(() => context.view().attributes?.filter === 'cool', { what: 'the filter' })
  t.like(await t.throwsAsync(rejected(context.applyFilter({ path: 'x', alpha: 1 }))), {
    failure: { errCode: -4 },
  })

  // the end of the box
  await box.stop()
  await waitFor(() => !context.view().fresh, { what: 'the context to know that the box is gone' })
  await shows(program, '设备没有响应')
  t.is(context.view().state?.version, box.state()?.version, 'what was known last is kept')
})

/** A promise that rejects with a plain object, as in wx, as one that rejects with an error. */
const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((failure: Failure) => {
    throw Object.assign(new Error(failure.errMsg), { failure })
  })

test('the context has every method of the box', (t) => {
  t.deepEqual(
    [...methodNames].sort(),
    boxMethods.filter((name): name is Extract<typeof name, MethodName> => name !== 'setAttributes').sort(),
  )
})

test('without a box a method fails in time, with callbacks and as a promise', async (t) => {
  const port = await refusingPort(t)
  const context = createLivePusherContext({
    url: `ws://127.0.0.1:${port}/mqtt`,
    box: 'nobody',
    open,
    requestMs: 300,
  })
  const error = await new Promise<Failure>((resolve) => void context.start({ fail: resolve }))
  t.deepEqual(error, { errCode: -5, errMsg: 'operateLivePusher:fail the box does not answer' })
  const waits = rejected(context.stop())
  context.close()
  await t.throwsAsync(waits, { message: 'operateLivePusher:fail the connection was closed' })
  t.throws(() => createLivePusherContext({ url: 'ws://127.0.0.1/mqtt', box: 'nobody' }), {
    instanceOf: TypeError,
  })
})
