import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../project-root.js'

export const npmPackagesPath = 'yocto-layer/recipes-live-pusher/live-pusher/live-pusher-npm.inc'

/** One entry of `packages` in package-lock.json, as far as it is read here. */
interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly link?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

/** One tarball of the registry and the folder that it is unpacked to. */
export interface Tarball {
  /** below the program's folder: `node_modules/…` */
  readonly folder: string
  readonly name: string
  readonly version: string
  readonly sha512: string
  readonly license: string
  /** BitBake's name of the only architecture that it is for; undefined: for all */
  readonly architecture: 'aarch64' | 'x86-64' | undefined
}

const architectures = { arm64: 'aarch64', x64: 'x86-64' } as const
const registry = 'https://registry.npmjs.org'

/**
 * What runs on a box: every entry but those for development, other systems and other processors.
 * @param lock text of a package-lock.json of version 3
 * @throws Error naming the entry that has no version or no sha512
 */
export function tarballs(lock: string): readonly Tarball[] {
  const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, Locked>> }
  return Object.entries(packages).flatMap(([folder, entry]) => {
    const { version, integrity, license = 'MIT', dev, link, os, cpu } = entry
    if (folder === '' || dev || link || (os && !os.includes('linux'))) return []
    const architecture = cpu?.map((name) => architectures[name as keyof typeof architectures]).find(Boolean)
    if (cpu && architecture === undefined) return []
    const digest = /^sha512-([A-Za-z0-9+/]+={0,2})$/.exec(integrity ?? '')?.[1]
    if (version === undefined || digest === undefined)
      throw new Error(`package-lock.json: ${folder} has no version or no sha512`)
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const sha512 = Buffer.from(digest, 'base64').toString('hex')
    return [{ folder, name, version, sha512, license, architecture }]
  })
}

/** Unscoped and unique: scope and name joined with a dash. */
const flat = ({ name, version }: Tarball): string => `${name.replace('@', '').replace('/', '-')}-${version}`

/** BitBake would take what stands before an `@` for a user name. */
const address = ({ name, version }: Tarball): string =>
  `${registry}/${name.replace('@', '%40')}/-/${name.replace(/^.*\//, '')}-${version}.tgz`

const source = (tarball: Tarball): string =>
  `${address(tarball)};name=${flat(tarball)};downloadfilename=npm-${flat(tarball)}.tgz;unpack=0;subdir=npm-tarballs`

const place = (tarball: Tarball): string => `${tarball.folder}=npm-${flat(tarball)}.tgz`

const list = (variable: string, values: readonly string[]): string =>
  `${variable} = " \\\n${[...new Set(values)].map((value) => `    ${value} \\\n`).join('')}"\n`

/** SPDX expressions with BitBake's operators. */
const licenses = (all: readonly Tarball[]): string =>
  [
    ...new Set(
      all.map(({ license }) =>
        license.replaceAll(' OR ', ' | ').replaceAll(' AND ', ' & ').replaceAll('"', ''),
      ),
    ),
  ]
    .map((text) => (/[|&]/.test(text) && !text.startsWith('(') ? `(${text})` : text))
    .sort()
    .join(' & ')

/** Sources, checksums and licences of the daemon's npm packages, as BitBake variables. */
export function npmPackages(): string {
  const all = tarballs(readFileSync(join(projectRoot(), 'package-lock.json'), 'utf8'))
  const of = (architecture: Tarball['architecture']): readonly Tarball[] =>
    all.filter((tarball) => tarball.architecture === architecture)
  const groups = [
    ['', of(undefined)],
    [':append:aarch64', of('aarch64')],
    [':append:x86-64', of('x86-64')],
  ] as const
  const sums = new Map(all.map((tarball) => [flat(tarball), tarball.sha512]))
  return [
    '# Generated from package-lock.json by `npm run generate`. Do not edit.',
    '# The recipe unpacks each tarball where npm would put it; npm itself is not needed.',
    '',
    ...groups.flatMap(([suffix, some]) => [
      list(`LIVE_PUSHER_NPM${suffix}`, some.map(source)),
      '# folder=tarball',
      list(`LIVE_PUSHER_NPM_PLACES${suffix}`, some.map(place)),
    ]),
    `LIVE_PUSHER_NPM_LICENSES = "${licenses(all)}"`,
    '',
    ...[...sums].map(([name, sum]) => `SRC_URI[${name}.sha512sum] = "${sum}"`),
    '',
  ].join('\n')
}
