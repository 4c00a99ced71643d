import { hostname } from 'node:os'
import { checkConfigFile } from '../../config/load.js'
import { type Config, configSchema } from '../../config/schema.js'
import type { RunCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import { look } from '../probe.js'
import { problemLine } from '../problem-lines.js'
import { examineCameras, examineEncoders, examineMicrophones } from './capture.js'
import { type Finding, worst } from './finding.js'
import { examineLines } from './lines.js'
import { examineBoard, examineClock, examineDisk, examinePower } from './machine.js'
import { examineBroker, examineNetwork } from './network.js'
import { page } from './page.js'

/** `live-pusher doctor [--config FILE] [--json]` */
export const doctor: RunCommand = async ({ options }, { out, signal }) => {
  const { config, finding } = await examineConfig(options.config)
  const findings = [finding, ...(await examine(config, signal))]
  const level = worst(...findings.map((each) => each.level))
  const ok = level !== 'problem'
  const head = { box: config.name, host: hostname(), time: new Date().toISOString() }
  out('json' in options ? JSON.stringify({ ...head, ok, findings }, null, 2) : page(head, findings))
  return ok ? exitCodes.ok.code : exitCodes.unavailable.code
}

/** A wrong configuration is a finding like any other; the rest is examined with the defaults then. */
async function examineConfig(file: string | undefined): Promise<{ config: Config; finding: Finding }> {
  const about = { id: 'configuration', title: 'Configuration' }
  const defaults = configSchema.parse({})
  if (file === undefined)
    return { config: defaults, finding: { ...about, level: 'ok', facts: ['none given: the defaults'] } }
  const checked = await checkConfigFile(file)
  if (checked.ok)
    return { config: checked.config, finding: { ...about, level: 'ok', facts: [`${file}: ok`] } }
  return {
    config: defaults,
    finding: {
      ...about,
      level: 'problem',
      facts: checked.problems.map((problem) => problemLine(file, problem)),
      advice: 'Correct these lines; everything below was examined with the defaults.',
    },
  }
}

async function examine(config: Config, signal: AbortSignal): Promise<Finding[]> {
  const found = await look(config, signal)
  const { board } = found
  // Encoders are measured: nothing else runs beside them.
  const [about, power, lines, network, broker, disk, clock] = await Promise.all([
    examineBoard(board),
    examinePower(board),
    examineLines(config, board.board),
    examineNetwork(config),
    examineBroker(config),
    examineDisk(config['state-dir']),
    examineClock(),
  ])
  const encoders = await examineEncoders(found, signal)
  return [
    ...[about, power, examineCameras(found), examineMicrophones(found), encoders],
    ...[lines, network, broker, disk, clock],
  ]
}
