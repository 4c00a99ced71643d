import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import qrcode from 'qrcode-generator'
import { StorageError } from '../config/durable-write.js'
import { loadConfig } from '../config/load.js'
import { type AccessRole, ensureTokens, newToken, saveTokens } from '../config/tokens.js'
import type { RunCommand } from './command.js'
import { exitCodes } from './exit-codes.js'
import { problemLine } from './problem-lines.js'

const loopback = /^(?:127\.|::1$|localhost$)/

/** `live-pusher pair` */
export const pair: RunCommand = async ({ options }, { out, error }) => {
  if ('rotate' in options && 'revoke' in options) {
    error('live-pusher: --rotate and --revoke exclude each other')
    return exitCodes.usage.code
  }
  const loaded = await loadConfig({
    ...(options.config === undefined ? {} : { file: options.config }),
    ...(options['state-dir'] === undefined ? {} : { stateDir: resolve(options['state-dir']) }),
  })
  if (loaded.kind === 'failed') {
    for (const problem of loaded.problems) error(problemLine(loaded.file, problem))
    return exitCodes.config.code
  }
  const { config } = loaded
  const role: AccessRole = 'viewer' in options ? 'viewer' : 'owner'
  try {
    const { [role]: before, ...others } = await ensureTokens(config['state-dir'])
    if ('revoke' in options) {
      await saveTokens(config['state-dir'], others)
      out(`No ${role} gets in any more, but from the box itself. "live-pusher pair" makes a new token.`)
      return exitCodes.ok.code
    }
    const token = before === undefined || 'rotate' in options ? newToken() : before
    if (token !== before) await saveTokens(config['state-dir'], { ...others, [role]: token })
    const { host, port } = config.http
    const values = new URLSearchParams({ pair: config.name })
    if (config.mqtt.prefix !== 'live-pusher') values.set('prefix', config.mqtt.prefix)
    values.set('user', role)
    values.set('token', token)
    const url = `http://${reachable(host)}:${port}/#${values}`
    for (const line of code(url)) out(line)
    out(url)
    out(role === 'owner' ? 'Who has this commands the box.' : 'Who has this watches the box.')
    if (loopback.test(host))
      out('So far the box answers to itself only: set http.host to 0.0.0.0 and restart it, to let others in.')
    return exitCodes.ok.code
  } catch (problem) {
    if (!(problem instanceof StorageError)) throw problem
    error(`live-pusher: the tokens can't be kept: ${problem.message}`)
    return exitCodes.unavailable.code
  }
}

/** What others call this machine when it listens on that address. */
const reachable = (host: string): string => {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1'
}

/** Two rows of the code in one line of text, dark on light whatever colours the terminal has. */
const code = (text: string): string[] => {
  const qr = qrcode(0, 'M')
  qr.addData(text)
  qr.make()
  const margin = 2
  const size = qr.getModuleCount()
  const dark = (row: number, column: number): boolean =>
    row >= 0 && row < size && column >= 0 && column < size && qr.isDark(row, column)
  const lines: string[] = []
  for (let row = -margin; row < size + margin; row += 2) {
    let line = ''
    for (let column = -margin; column < size + margin; column += 1) {
      const [upper, lower] = [dark(row, column), dark(row + 1, column)]
      line += upper ? (lower ? ' ' : '▄') : lower ? '▀' : '█'
    }
    lines.push(line)
  }
  return lines
}
