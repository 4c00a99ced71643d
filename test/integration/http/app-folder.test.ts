import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import test from 'ava'
import { httpServer, rawAnswer } from '../../support/http.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'

const appFolder = async (t: Teardown): Promise<string> => {
  const parent = await tempDir(t)
  const folder = join(parent, 'app')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(parent, 'secret.txt'), 'secret')
  await writeFile(join(folder, 'index.html'), '<!doctype html>app')
  await writeFile(join(folder, 'assets', 'app.js'), 'export {}')
  await writeFile(join(folder, 'assets', 'app.js.gz'), gzipSync('export {}'))
  await writeFile(join(folder, 'empty.txt'), '')
  await writeFile(join(folder, '.hidden'), 'secret')
  await symlink(join(parent, 'secret.txt'), join(folder, 'link.txt'))
  await symlink(parent, join(folder, 'up'))
  return folder
}

test('the phone app is served with its types, and 304 when the browser has it', async (t) => {
  const { get } = await httpServer(t, { appFolder: await appFolder(t) })
  const index = await get('/')
  t.is(index.body.toString(), '<!doctype html>app')
  t.is(index.headers['content-type'], 'text/html; charset=utf-8')
  const script = await get('/assets/app.js?v=1')
  t.is(script.headers['content-type'], 'text/javascript; charset=utf-8')
  t.is(script.body.toString(), 'export {}')
  const again = await get('/assets/app.js', { 'if-none-match': `${script.headers.etag}` })
  t.is(again.status, 304)
  t.is(again.body.byteLength, 0)
  t.is((await get('/empty.txt')).status, 200)
})

test('a file that lies there packed as well is sent packed to who takes that', async (t) => {
  const { get } = await httpServer(t, { appFolder: await appFolder(t) })
  for (const accepted of ['gzip', 'br, gzip;q=0.5', 'gzip, deflate']) {
    const answer = await get('/assets/app.js', { 'accept-encoding': accepted })
    t.is(answer.headers['content-encoding'], 'gzip', accepted)
    t.is(answer.headers['content-type'], 'text/javascript; charset=utf-8')
    t.is(answer.headers.vary, 'Accept-Encoding')
    t.is(gunzipSync(answer.body).toString(), 'export {}')
  }
  for (const accepted of ['', 'br', 'gzip;q=0', 'gzip; q=0.0, br']) {
    const answer = await get('/assets/app.js', { 'accept-encoding': accepted })
    t.is(answer.headers['content-encoding'], undefined, accepted)
    t.is(answer.body.toString(), 'export {}')
  }
  t.is((await get('/', { 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined)
})

test('nothing outside of the app folder is served, and no folder is listed', async (t) => {
  const { get, port } = await httpServer(t, { appFolder: await appFolder(t) })
  const bad = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/link.txt',
    '/up/secret.txt',
    '/.hidden',
    '/assets',
    '/assets/',
    '/%00',
    '/index.html%00.txt',
    '/%zz',
    '//etc/passwd',
    '/index.html/',
  ]
  for (const path of bad) {
    const answer = await get(path)
    t.is(answer.status, 404, path)
    t.false(answer.body.toString().includes('secret'))
  }
  // without the client's own tidying
  for (const target of ['/../../../../etc/passwd', 'http://evil/../secret.txt', '*']) {
    const raw = await rawAnswer(
      port,
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    )
    t.regex(raw, /^HTTP\/1.1 404 /)
  }
})

test('an app folder that does not exist leaves the start page', async (t) => {
  const { get } = await httpServer(t, { appFolder: join(await tempDir(t), 'nothing') })
  t.true((await get('/')).body.toString().includes('not installed'))
})
