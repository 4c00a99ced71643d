/** What can be said of the layer without BitBake: names, files, syntax, scripts. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { parse } from 'yaml'
import { boards } from '../../../hw/boards/recognise.js'
import { projectRoot } from '../../../scripts/project-root.js'
import { tempDir } from '../../support/temp-dir.js'
import { localSources, readRecipe } from '../../support/yocto/recipe.js'

const run = promisify(execFile)
const layer = join(projectRoot(), 'yocto-layer')
const files = readdirSync(layer, { recursive: true, encoding: 'utf8' })
  .filter((path) => statSync(join(layer, path)).isFile())
  .sort()
const text = (path: string): string => readFileSync(join(layer, path), 'utf8')
const recipes = files.filter((path) => /\.(bb|bbappend|inc|conf)$/.test(path) && !path.includes('/files/'))
const isRecipe = (path: string): boolean => /\.bb(append)?$/.test(path)

/** Made by scripts/yocto/program; boot.cmd.in is SRC_URI's in the recipe that is appended to, system.conf as well. */
const made = ['live-pusher-box.tar.gz']
const ofAppended = ['boot.cmd.in', 'system.conf']

test('every file of the layer reads as BitBake, with nothing of older releases', (t) => {
  t.true(recipes.length > 15)
  for (const path of recipes) {
    t.deepEqual(readRecipe(text(path)).strange, [], path)
    const old = [
      /^[A-Z_]+_(append|prepend|remove)\b/m,
      /^(FILES|RDEPENDS|RRECOMMENDS|RPROVIDES|SUMMARY|SYSTEMD_SERVICE|USERADD_PARAM|INSANE_SKIP)_/m,
      /^do_[a-z]+_(append|prepend)\b/m,
      /S = "\$\{WORKDIR\}(\/git)?"/,
      /\$\{WORKDIR\}\/[\w-]+\.[a-z]+/,
      /AUTOREV|npm(sw)?:\/\/|debug-tweaks|DISTRO_FEATURES_BACKFILL|LICENSE_FLAGS_WHITELIST|PNBLACKLIST/,
      /\b(GPLv|LGPLv)[23]/,
    ]
    for (const pattern of old) t.notRegex(text(path).replace(/^#.*$/gm, ''), pattern, path)
  }
})

test('each recipe says what it is and under which licence', (t) => {
  for (const path of recipes.filter((each) => each.endsWith('.bb'))) {
    const { variables, directives, functions } = readRecipe(text(path))
    const inherited = directives.get('inherit') ?? []
    t.true(variables.has('SUMMARY'), path)
    t.true(variables.has('LICENSE') || directives.has('require'), path)
    if (functions.has('do_install'))
      t.regex(variables.get('LIC_FILES_CHKSUM') ?? '', /\/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302$/, path)
    if ([...variables.keys()].some((name) => name.startsWith('SYSTEMD_SERVICE')))
      t.true(inherited.includes('systemd'), path)
    // a folder that nobody packages ends a build
    if (!inherited.includes('packagegroup') && functions.has('do_install'))
      t.true(
        [...variables.keys()].some((name) => name.startsWith('FILES:')),
        path,
      )
  }
})

test('what a recipe names is there, and nothing lies about that no recipe names', (t) => {
  const named = new Set<string>()
  for (const path of recipes.filter(isRecipe)) {
    const folder = join(dirname(path), 'files')
    const recipe = readRecipe(text(path))
    for (const source of localSources(recipe)) {
      named.add(join(folder, source))
      if (!made.includes(source)) t.true(files.includes(join(folder, source)), `${path}: ${source}`)
    }
    for (const service of (recipe.variables.get(`SYSTEMD_SERVICE:\${PN}`) ?? '').split(/\s+/))
      if (localSources(recipe).some((source) => source.endsWith('.service')))
        t.true(files.includes(join(folder, service)), `${path}: ${service}`)
    for (const required of (recipe.directives.get('require') ?? []).filter((name) => name !== ''))
      t.true(
        files.includes(required.startsWith('conf/') ? required : join(dirname(path), required)),
        `${path}: ${required}`,
      )
  }
  const idle = files.filter(
    (path) =>
      path.includes('/files/') && !named.has(path) && ![...ofAppended, ...made].includes(basename(path)),
  )
  t.deepEqual(idle, [])
})

test('units start programs that their recipe installs', (t) => {
  for (const path of files.filter((each) => /\/files\/[^/]+\.service$/.test(each))) {
    const program = /^ExecStart=(\S+)/m.exec(text(path))?.[1]
    t.truthy(program, path)
    const folder = dirname(dirname(path))
    const recipe = files.find((each) => dirname(each) === folder && each.endsWith('.bb')) ?? ''
    t.true(text(recipe).includes(`/${basename(program ?? '')}`), `${path}: ${program}`)
  }
})

test('shell in recipes and scripts of the layer passes shellcheck', async (t) => {
  const folder = await tempDir(t)
  const scripts = files.filter((path) => text(path).startsWith('#!/bin/sh')).map((path) => join(layer, path))
  t.true(scripts.length >= 2)
  scripts.push(join(projectRoot(), 'services/update/system/slot-guard'))
  for (const path of recipes.filter(isRecipe)) {
    for (const [name, body] of readRecipe(text(path)).functions) {
      const file = join(folder, `${path.replaceAll('/', '-')}-${name.replaceAll(':', '-')}.sh`)
      await mkdir(folder, { recursive: true })
      // BitBake's own variables stand for words
      const shell = body.replaceAll(/\$\{@[^}]*\}/g, 'x').replaceAll(/\$\{([A-Za-z_]+)(:[^}]*)?\}/g, 'var_$1')
      await writeFile(file, `#!/bin/sh\nset -e\nmain() {\n${shell}\n}\nmain\n`)
      scripts.push(file)
    }
  }
  const checked = await run('shellcheck', ['--format=gcc', '--exclude=SC2043', ...scripts]).catch(
    (error: { stdout: string }) => error,
  )
  t.is(checked.stdout.replaceAll(`${folder}/`, ''), '')
})

interface Kas {
  readonly header: { readonly version: number; readonly includes?: readonly string[] }
  readonly machine?: string
  readonly target?: readonly string[]
  readonly repos?: Readonly<
    Record<string, { readonly url?: string; readonly branch?: string; readonly path?: string }>
  >
  readonly local_conf_header?: Readonly<Record<string, string>>
}

test('each board has a kas file with its machine, and every layer is pinned to the release', (t) => {
  const kas = new Map(
    files
      .filter((path) => path.startsWith('kas/'))
      .map((path) => [basename(path), parse(text(path)) as Kas] as const),
  )
  for (const [name, { header, repos = {}, target = [], local_conf_header = {} }] of kas) {
    t.is(header.version, 14, name)
    for (const include of header.includes ?? []) t.true(kas.has(include), `${name}: ${include}`)
    for (const [repo, { url, branch, path }] of Object.entries(repos)) {
      if (path !== undefined) continue
      t.regex(url ?? '', /^https:\/\//, repo)
      t.is(branch, repo === 'bitbake' ? '2.18' : 'wrynose', repo)
    }
    for (const image of target)
      t.true(
        files.some((path) => path.endsWith(`/${image}.bb`)),
        image,
      )
    for (const lines of Object.values(local_conf_header)) t.deepEqual(readRecipe(lines).strange, [], name)
  }
  // the first Jetson Nano has no current board support; a PC and the dummy are no appliances
  const without = ['jetson-nano', 'generic-pc', 'dummy']
  const wanted = boards.map(({ id }) => id).filter((id) => !without.includes(id))
  const machines = [...kas].filter(([, { machine }]) => machine !== undefined)
  t.deepEqual(machines.map(([name]) => basename(name, '.yml')).sort(), wanted.sort())
  t.is(new Set(machines.map(([, { machine }]) => machine)).size, machines.length)
})

test('the recipe takes what is installed from the lists, and its user has the groups of the .deb', (t) => {
  const text = readFileSync(join(layer, 'recipes-live-pusher/live-pusher/live-pusher.bb'), 'utf8')
  const { variables } = readRecipe(text)
  const units = variables.get(`SYSTEMD_SERVICE:\${PN}`)?.split(' ') ?? []
  const installed: string[] = []
  for (const folder of ['services/systemd', 'services/update/system']) {
    t.true(readFileSync(join(projectRoot(), 'scripts/yocto/program'), 'utf8').includes(folder))
    const list = readFileSync(join(projectRoot(), folder, 'install.list'), 'utf8')
    for (const line of list.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
      const [file = '', destination = '', mode = ''] = line.split(/\s+/)
      t.true(statSync(join(projectRoot(), folder, file)).isFile(), file)
      t.regex(mode, /^0[67][045][045]$/)
      installed.push(destination)
    }
  }
  for (const unit of units) t.true(installed.includes(`/usr/lib/systemd/system/${unit}`), unit)
  const groups = /--groups (\S+) live-pusher/
    .exec(variables.get(`USERADD_PARAM:\${PN}`) ?? '')?.[1]
    ?.split(',')
  const sysusers = readFileSync(join(projectRoot(), 'services/systemd/sysusers.conf'), 'utf8')
  t.deepEqual(
    groups,
    [...sysusers.matchAll(/^m live-pusher (\S+)$/gm)].map(([, group]) => group ?? '').sort(),
  )
})

test('layer.conf is of one release, and board parts are read only with the layer of the board', (t) => {
  const { variables } = readRecipe(text('conf/layer.conf'))
  t.is(variables.get('LAYERSERIES_COMPAT_live-pusher'), 'wrynose')
  for (const family of readdirSync(join(layer, 'dynamic-layers')))
    t.true(
      variables.get('BBFILES_DYNAMIC')?.includes(`${family}:\${LAYERDIR}/dynamic-layers/${family}/`),
      family,
    )
  const outside = files.filter((path) => path.endsWith('.bbappend') && !path.startsWith('dynamic-layers/'))
  // appends to recipes of layers that the layer depends on
  t.deepEqual(
    outside.map((path) => relative('recipes-core', path)),
    ['rauc/rauc-conf.bbappend'],
  )
})

test('the systems that bundles are for: one compatible for the box, the bundle and every board', (t) => {
  const bundle = readRecipe(text('recipes-core/bundles/live-pusher-bundle.bb')).variables
  t.is(bundle.get('RAUC_BUNDLE_COMPATIBLE'), `live-pusher-box-\${MACHINE}`)
  t.is(bundle.get('RAUC_BUNDLE_FORMAT'), 'verity')
  const systems = files.filter((path) => path.endsWith('/system.conf'))
  t.is(systems.length, 2)
  for (const path of systems) {
    const lines = text(path).split('\n')
    for (const line of [
      'compatible=live-pusher-box-@MACHINE@',
      'bundle-formats=-plain',
      'data-directory=/data/rauc',
      'bootname=A',
      'bootname=B',
    ])
      t.true(lines.includes(line), `${path}: ${line}`)
    const keyring = readRecipe(text('conf/distro/live-pusher.conf')).variables.get('RAUC_KEYRING_FILE')
    t.true(lines.includes(`path=${keyring}`), path)
  }
})
