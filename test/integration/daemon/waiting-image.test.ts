import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  WaitingImage,
  type WaitingImageOptions,
} from '../../../firmware/daemon/waiting-image/waiting-image.js'
import { imageHeader } from '../../../firmware/media/image-header.js'
import type { Cause } from '../../../firmware/pusher/events.js'
import { picture, pixels } from '../../support/pictures.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'
import { type Answers, startWebServer } from '../../support/web-server.js'

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')

/** A waiting image that remembers what it told. */
const startImage = async (t: Teardown, options: Partial<WaitingImageOptions> = {}) => {
  const stateDir = options.stateDir ?? (await tempDir(t))
  const image = new WaitingImage({
    stateDir,
    times: { firstRetryMs: 60_000, ...options.times },
    ...(options.file === undefined ? {} : { file: options.file }),
    ...(options.limits ? { limits: options.limits } : {}),
  })
  t.teardown(() => image.stop())
  const failed: Cause[] = []
  const old: Cause[] = []
  image.on('failed', (cause) => failed.push(cause))
  image.on('old', (cause) => old.push(cause))
  const file = () => waitFor(() => image.file, { what: `an image (${JSON.stringify(failed)})` })
  return { image, stateDir, failed, old, file }
}

const sizeOf = async (file: string) => {
  const { width, height } = imageHeader(await readFile(file))!
  return `${width}x${height}`
}

/** A JPEG with an EXIF part that says how it is to be turned. */
const turned = (jpeg: Buffer, orientation: number): Buffer => {
  const tiff = Buffer.from([0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0])
  tiff.writeUInt16LE(orientation, 18)
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), tiff, Buffer.alloc(4)])
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2])
  return Buffer.concat([head, exif, jpeg.subarray(2)])
}

test('an image is loaded, made upright and opaque, kept, and there again without a network', async (t) => {
  const jpeg = await picture(t, 'testsrc=s=300x200', 'jpg')
  const glass = await picture(t, 'color=red@0.5:s=300x200,format=rgba', 'png')
  const server = await startWebServer(t, {
    '/from': (response) => response.writeHead(302, { location: '/upright.jpg' }).end(),
    '/upright.jpg': (response) => response.end(turned(jpeg, 6)),
    '/glass.png': (response) => response.end(glass),
  })
  const { image, stateDir, failed, file } = await startImage(t)
  image.want({ address: server.url('/from?token=secret'), md5: '' })
  t.is(await sizeOf(await file()), '200x300')

  const wish = { address: server.url('/glass.png'), md5: md5(glass).toUpperCase() }
  image.want(wish)
  t.is(image.file, undefined, 'the old one is not shown any more')
  const [[red = 0, green = 255] = []] = await pixels(await file(), [[10, 10]], 300)
  t.true(red > 100 && red < 150 && green < 10, `half of the red on black: ${red}`)
  t.is((await readdir(join(stateDir, 'waiting-image'))).length, 1, 'one image is kept')
  t.deepEqual(failed, [])

  const before = server.asked.length
  image.want(wish)
  await server.stop()
  const later = await startImage(t, { stateDir })
  later.image.want(wish)
  t.is(await later.file(), image.file!)
  t.is(server.asked.length, before, 'what has a checksum is asked for once')
  t.deepEqual([later.failed, later.old], [[], []])
})

test('without a checksum the stored image is used and asked for anew; a failure of that is told', async (t) => {
  const small = await picture(t, 'testsrc=s=64x64', 'png')
  let current = await picture(t, 'testsrc=s=300x200', 'png')
  const server = await startWebServer(t, { '/now.png': (response) => response.end(current) })
  const wish = { address: server.url('/now.png'), md5: '' }
  const { image, stateDir, file } = await startImage(t)
  image.want(wish)
  await file()
  image.stop()

  current = small
  const second = await startImage(t, { stateDir })
  second.image.want(wish)
  await waitFor(async () => (await sizeOf(await second.file())) === '64x64', { what: 'the new picture' })
  second.image.stop()

  await server.stop()
  const third = await startImage(t, { stateDir })
  third.image.want(wish)
  t.is(await sizeOf(await third.file()), '64x64')
  await waitFor(() => third.old.length > 0, { what: 'the word that it is the stored one' })
  t.like(third.old, [{ kind: 'image-unreachable', detail: 'ECONNREFUSED' }])
  t.deepEqual(third.failed, [])
})

/** One failed wish: its cause, and no image. */
const causeOf = async (t: Teardown, address: string, hash = ''): Promise<Cause> => {
  const limits = { answerMs: 1_500, totalMs: 3_000, mostBytes: 100_000, mostRedirects: 3 }
  const { image, failed } = await startImage(t, { limits })
  image.want({ address, md5: hash })
  const cause = await waitFor(() => failed[0], { what: `why ${new URL(address).pathname} is none` })
  if (image.file !== undefined) throw new Error(`there is an image of ${address}`)
  return cause
}

test('each way to fail has its cause, without the address', async (t) => {
  const png = await picture(t, 'testsrc=s=300x200', 'png')
  const jpeg = await picture(t, 'testsrc=s=300x200', 'jpg')
  const bitmap = await picture(t, 'testsrc=s=32x32', 'bmp')
  const wide = await picture(t, 'color=s=1922x16', 'png')
  const answers: Answers = {
    '/broken': (response) => response.writeHead(503).end('later'),
    '/silent': () => undefined,
    '/endless': (response) => {
      response.write(png)
      const drip = setInterval(() => response.write('.'), 50)
      response.on('close', () => clearInterval(drip))
    },
    '/announced': (response) => response.writeHead(200, { 'content-length': 100_001 }).flushHeaders(),
    '/unannounced': (response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
      }
      response.on('drain', pour)
      pour()
    },
    '/page.png': (response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end('<html>not a picture</html>'),
    '/bitmap': (response) => response.end(bitmap),
    '/wide.png': (response) => response.end(wide),
    '/half.png': (response) => response.end(png.subarray(0, png.length / 2)),
    '/half.jpg': (response) => response.end(jpeg.subarray(0, jpeg.length / 2)),
    '/other.png': (response) => response.end(png),
    '/circle': (response) => response.writeHead(301, { location: '/circle' }).end(),
    '/file': (response) => response.writeHead(302, { location: 'file:///etc/hostname' }).end(),
    '/keys': (response) => response.writeHead(302, { location: 'http://me:secret@127.0.0.1/' }).end(),
  }
  const server = await startWebServer(t, answers)
  const gone = await startWebServer(t, {})
  await gone.stop()
  const expected: readonly (readonly [path: string, cause: Partial<Cause>])[] = [
    ['/nowhere', { kind: 'image-not-found', status: 404 }],
    ['/broken', { kind: 'image-refused', status: 503 }],
    ['/silent', { kind: 'image-timeout', afterMs: 1_500 }],
    ['/endless', { kind: 'image-timeout', afterMs: 3_000 }],
    ['/announced', { kind: 'image-too-big', mostBytes: 100_000 }],
    ['/unannounced', { kind: 'image-too-big', mostBytes: 100_000 }],
    ['/page.png', { kind: 'image-unsupported' }],
    ['/bitmap', { kind: 'image-unsupported' }],
    ['/wide.png', { kind: 'image-too-big', width: 1922, height: 16 }],
    ['/half.png', { kind: 'image-broken' }],
    ['/half.jpg', { kind: 'image-broken' }],
    ['/other.png', { kind: 'image-hash-mismatch' }],
    ['/circle', { kind: 'image-redirected', redirects: 4 }],
    ['/file', { kind: 'image-redirected' }],
    ['/keys', { kind: 'image-redirected' }],
  ]
  const causes = await Promise.all([
    ...expected.map(([path]) =>
      causeOf(t, server.url(`${path}?token=secret`), path === '/other.png' ? md5(jpeg) : ''),
    ),
    causeOf(t, gone.url('/a.png?token=secret')),
    causeOf(t, 'http://no-such-host.invalid/a.png?token=secret'),
  ])
  for (const [index, [path, cause]] of expected.entries()) t.like(causes[index], cause, path)
  t.like(causes.slice(expected.length), [
    { kind: 'image-unreachable', detail: 'ECONNREFUSED' },
    { kind: 'image-unreachable' },
  ])
  for (const cause of causes) t.notRegex(JSON.stringify(cause), /secret|\.png|\.jpg/)
})

test('what could not be loaded is tried again, and told once', async (t) => {
  const png = await picture(t, 'testsrc=s=64x64', 'png')
  let left = 3
  const server = await startWebServer(t, {
    '/later.png': (response) => {
      left -= 1
      if (left > 0) response.writeHead(503).end()
      else response.end(png)
    },
  })
  const { image, failed, file } = await startImage(t, { times: { firstRetryMs: 20 } })
  image.want({ address: server.url('/later.png'), md5: '' })
  t.is(await sizeOf(await file()), '64x64')
  t.is(server.asked.length, 3)
  t.deepEqual(
    failed.map(({ kind }) => kind),
    ['image-refused'],
  )
})

test('an image that was spoilt on the disk is dropped and loaded again', async (t) => {
  const png = await picture(t, 'testsrc=s=64x64', 'png')
  const server = await startWebServer(t, { '/a.png': (response) => response.end(png) })
  const { image, failed, file } = await startImage(t, { times: { firstRetryMs: 10, longestRetryMs: 20 } })
  image.want({ address: server.url('/a.png'), md5: md5(png) })
  const spoilt = await file()
  await writeFile(spoilt, '')
  await image.unshowable(spoilt, { kind: 'device-failed' })
  t.like(failed, [{ kind: 'image-unshowable' }])
  t.is(await sizeOf(await file()), '64x64')
})

const local = async (t: ExecutionContext, file: string): Promise<Cause> => {
  const { image, failed } = await startImage(t, { file })
  image.want({ address: '', md5: '' })
  return waitFor(() => failed[0], { what: `why ${file} is none` })
}

test('a file of the operator serves while there is no address; what is no file fails at once', async (t) => {
  const folder = await tempDir(t)
  const file = join(folder, 'waiting.png')
  await writeFile(file, await picture(t, 'testsrc=s=64x64', 'png'))
  const server = await startWebServer(t, {})
  const { image, failed, file: loaded } = await startImage(t, { file })
  image.want({ address: server.url('/none'), md5: '' })
  await waitFor(() => failed.length > 0, { what: 'the failure of the address' })
  image.want({ address: '', md5: md5(Buffer.from('of no meaning without an address')) })
  t.is(await sizeOf(await loaded()), '64x64')

  await rm(file)
  t.like(await local(t, file), { kind: 'image-not-found', file })
  t.like(await local(t, folder), { kind: 'image-unsupported' })
  const pipe = join(folder, 'pipe')
  t.is(spawnSync('mkfifo', [pipe]).status, 0)
  t.like(await local(t, pipe), { kind: 'image-unsupported' })
})
