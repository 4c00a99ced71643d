import { ownVersion } from '../../firmware/version.js'

export const recipeVersionPath = 'yocto-layer/conf/distro/include/live-pusher-version.inc'

/** The version of package.json as a BitBake variable; the recipe, the distribution and the bundle take theirs from it. */
export const recipeVersion = (): string =>
  [
    '# Generated from package.json by `npm run generate`. Do not edit.',
    `LIVE_PUSHER_VERSION = "${ownVersion()}"`,
    '',
  ].join('\n')
