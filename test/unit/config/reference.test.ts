import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { boardIds } from '../../../firmware/config/board-ids.js'
import { boxNameFrom } from '../../../firmware/config/box-name.js'
import { checkConfigFile } from '../../../firmware/config/load.js'
import { configReference } from '../../../firmware/config/reference.js'
import { configSchema, encoderNames } from '../../../firmware/config/schema.js'
import { attributeNames, defaultAttributes } from '../../../firmware/pusher/attributes.js'
import { encoderOrder } from '../../../hw/boards/encoders.js'
import { boards } from '../../../hw/boards/recognise.js'
import { tempDir } from '../../support/temp-dir.js'

test('the reference is a legal configuration, and it is the defaults', async (t) => {
  const file = join(await tempDir(t), 'config.yaml')
  await writeFile(file, configReference())
  const checked = await checkConfigFile(file)
  t.true(checked.ok, JSON.stringify(checked))
  if (checked.ok) t.deepEqual(checked.config, configSchema.parse({}))
})

test('every attribute stands in the reference with its default', async (t) => {
  const file = join(await tempDir(t), 'config.yaml')
  const names = new Set<string>(attributeNames)
  const uncommented = configReference().replace(/^ {2}# ([\w-]+): /gm, (line, name) =>
    names.has(name) ? `  ${name}: ` : line,
  )
  await writeFile(file, uncommented)
  const checked = await checkConfigFile(file)
  t.true(checked.ok, JSON.stringify(checked))
  if (checked.ok) t.deepEqual(checked.config.attributes, defaultAttributes)
})

test('every line of the reference is short and has no blank end', (t) => {
  for (const line of configReference().split('\n')) {
    t.true(line.length <= 110, line)
    t.is(line, line.trimEnd())
  }
})

test('the boards and encoders of the schema are those that have entries', (t) => {
  t.deepEqual([...boardIds].sort(), boards.map(({ id }) => id).sort())
  t.deepEqual([...encoderNames].sort(), [...new Set(boards.flatMap(encoderOrder))].sort())
})

for (const [host, name] of [
  ['raspberrypi', 'raspberrypi'],
  ['Stage-Left.local', 'stage-left'],
  ['my_box', 'my-box'],
  ['--x--', 'x'],
  ['摄像头', 'box'],
  ['', 'box'],
  [`${'a'.repeat(31)}-b`, 'a'.repeat(31)],
] as const) {
  test(`names a box on the host "${host}" ${name}`, (t) => {
    t.is(boxNameFrom(host), name)
    t.notThrows(() => configSchema.parse({ name }))
  })
}
