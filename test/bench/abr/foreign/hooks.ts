/** Module resolution in which the firmware's controller and its queue limit are the foreign ones. */
import type { ResolveHook } from 'node:module'

const replaced = new Map([
  ['/firmware/pusher/bitrate.js', './bitrate.js'],
  ['/firmware/pusher/geometry.js', './geometry.js'],
])
const own = new URL('../../', import.meta.url).href

export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = await next(specifier, context)
  const by = [...replaced].find(([end]) => found.url.endsWith(end))?.[1]
  // What stands in for them builds on them.
  if (by === undefined || context.parentURL?.startsWith(own)) return found
  return { ...found, url: new URL(by, import.meta.url).href }
}
