import type { ConfigProblem } from '../config/load.js'

/** `config.yaml:12: mqtt.port must be …`, as compilers write it, or `--camera: …` for an option. */
export const problemLine = (
  file: string | undefined,
  { path, message, line, option }: ConfigProblem,
): string => {
  const where = option ?? (file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}`)
  // The option is the name that was typed; the key's path would only repeat it.
  const what = option !== undefined || path === '' ? message : `${path} ${message}`
  return where === '' ? what : `${where}: ${what}`
}
