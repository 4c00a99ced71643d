/** The generated lists of the layer against what they are made of. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { projectRoot } from '../../../scripts/project-root.js'
import { gstreamerPackages, plugins, unknownElements } from '../../../scripts/yocto/gstreamer.js'
import { npmPackages, tarballs } from '../../../scripts/yocto/npm.js'

const run = promisify(execFile)
const root = projectRoot()
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')

/** Words of launch texts and messages that are elements of GStreamer too, and not meant as such. */
const notElements = ['stereo', 'mirror', 'smooth', 'smpte']
/** Named because music must never be read by them. */
const refused = ['adaptivedemux2', 'dash', 'hls', 'sdpelem', 'smoothstreaming']

test('every element in the media code is in the table, under the plugin that GStreamer has it in', async (t) => {
  t.deepEqual(unknownElements(), [])
  const { stdout } = await run('gst-inspect-1.0', [], { timeout: 60_000, maxBuffer: 1 << 24 })
  const pluginOf = new Map(
    [...stdout.matchAll(/^(\w+): {2}([\w-]+): /gm)].map(([, plugin = '', element = '']) => [element, plugin]),
  )
  t.true(pluginOf.size > 200)
  const used = new Set<string>()
  for (const folder of ['firmware/media', 'hw/boards']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue
      const code = readFileSync(join(root, folder, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      for (const [literal] of code.matchAll(/'[^'\n]*'|`[^`]*`/g))
        for (const [word] of literal.matchAll(/[a-z][a-z0-9_-]*[a-z0-9]/g))
          if (pluginOf.has(word) && !notElements.includes(word)) used.add(word)
    }
  }
  t.true(used.size > 50)
  for (const element of used) {
    const plugin = pluginOf.get(element) ?? ''
    if (refused.includes(plugin)) continue
    t.true(plugins[plugin]?.elements.includes(element), `${element} of the plugin ${plugin} is in no list`)
  }
})

test('an image without commercial licences has an encoder for pictures and one for sound', (t) => {
  const text = gstreamerPackages()
  const free = /^LIVE_PUSHER_GSTREAMER = "([^"]*)"/m.exec(text)?.[1] ?? ''
  for (const needed of ['bad-openh264', 'bad-voaacenc', 'bad-rtmp2', 'good-video4linux2', 'good-flv'])
    t.true(free.includes(`gstreamer1.0-plugins-${needed} `), needed)
  t.notRegex(free, /libav|x264|ugly/)
})

test('all packages that run are fetched with the checksum of the lock file, and only those', (t) => {
  const list = tarballs(lock)
  t.true(list.length > 200)
  const text = npmPackages()
  for (const { name, version, sha512, folder } of list) {
    const flat = `${name.replace('@', '').replace('/', '-')}-${version}`
    t.true(text.includes(`SRC_URI[${flat}.sha512sum] = "${sha512}"`), flat)
    t.true(text.includes(`    ${folder}=npm-${flat}.tgz \\\n`), folder)
    t.regex(sha512, /^[0-9a-f]{128}$/)
  }
  const installed = Object.entries(
    (
      JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')) as {
        packages: Record<string, { dev?: boolean }>
      }
    ).packages,
  )
  const folders = new Set(list.map(({ folder }) => folder))
  for (const [folder, { dev }] of installed) if (!dev) t.true(folders.has(folder), folder)
  t.false(folders.has('node_modules/typescript'))
  t.notRegex(text, /win32|darwin|musl/)
  // BitBake takes what stands before an @ for a user
  t.notRegex(text, /https:[^;]*@/)
})

test('a tarball that npm keeps on this machine is found under the checksum of the list', (t) => {
  const cache = join(process.env.npm_config_cache ?? join(homedir(), '.npm'), '_cacache/content-v2/sha512')
  if (!existsSync(cache)) return t.pass()
  const here = tarballs(lock).filter(({ sha512 }) =>
    existsSync(join(cache, sha512.slice(0, 2), sha512.slice(2, 4), sha512.slice(4))),
  )
  t.true(here.length > 0)
  t.pass()
})

test('a lock file with an entry that has no checksum is refused by name', (t) => {
  const broken = JSON.stringify({ packages: { 'node_modules/ws': { version: '8.0.0' } } })
  t.throws(() => tarballs(broken), { message: /node_modules\/ws/ })
})
