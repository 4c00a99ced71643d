/** Which board this is. */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Board } from './board.js'

const entries = readdirSync(join(import.meta.dirname, 'entries'))
  .filter((name) => /^[a-z0-9-]+\.js$/.test(name))
  .sort()

/** Every board: whatever file lies in entries/. Ids are those of config.yaml. */
export const boards: readonly Board[] = await Promise.all(
  entries.map(async (name) => ((await import(`./entries/${name}`)) as { board: Board }).board),
)

export const boardById = (id: string): Board | undefined => boards.find((board) => board.id === id)

export interface RecognisedBoard {
  readonly board: Board
  /** the name that the machine gives itself; empty when it gives none */
  readonly model: string
  /** one sentence, for people */
  readonly why: string
}

/**
 * The board that was asked for by id, else the one that the device tree (ARM) or DMI (PC) names, else a generic one.
 * Never rejects.
 * @param root stands before /proc and /sys; a tree of files in tests
 */
export async function recogniseBoard(asked: string, root = '/'): Promise<RecognisedBoard> {
  const compatible = await strings(root, 'proc/device-tree/compatible')
  const model = (await strings(root, 'proc/device-tree/model'))[0] ?? (await dmiName(root))
  const genericPc = boardById('generic-pc')
  if (!genericPc) throw new Error('hw/boards/entries/generic-pc is missing')
  const configured = boardById(asked)
  if (configured) return { board: configured, model, why: 'as configured' }
  for (const board of boards) {
    const entry = compatible.find((candidate) => board.compatible.some((pattern) => pattern.test(candidate)))
    if (entry !== undefined) return { board, model, why: `the device tree says ${entry}` }
  }
  if (compatible.length === 0) {
    const known = boards.find((board) => board.dmi?.test(model))
    if (known) return { board: known, model, why: `the machine calls itself ${model}` }
  }
  return {
    board: genericPc,
    model,
    why:
      compatible[0] === undefined
        ? 'there is no device tree: a PC or a virtual machine'
        : `the device tree says ${compatible[0]}, which has no entry`,
  }
}

/** Entries end with a NUL. */
const strings = async (root: string, file: string): Promise<string[]> =>
  (await readFile(join(root, file), 'utf8').catch(() => '')).split('\0').map(printable).filter(Boolean)

async function dmiName(root: string): Promise<string> {
  const parts = await Promise.all(
    ['sys_vendor', 'product_name'].map((name) =>
      readFile(join(root, 'sys/class/dmi/id', name), 'utf8').catch(() => ''),
    ),
  )
  return parts.map(printable).filter(Boolean).join(' ')
}

const printable = (text: string): string =>
  text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 128)
