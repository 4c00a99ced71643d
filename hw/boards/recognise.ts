/** Which board this is. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Board } from './board.js'
import { dummy, genericPc } from './generic.js'
import { jetsons } from './jetson.js'
import { raspberryPis } from './raspberry-pi.js'

/** Every board; ids are those of config.yaml. */
export const boards: readonly Board[] = [...raspberryPis, ...jetsons, genericPc, dummy]

export const boardById = (id: string): Board | undefined => boards.find((board) => board.id === id)

export interface RecognisedBoard {
  readonly board: Board
  /** the name that the machine gives itself; empty when it gives none */
  readonly model: string
  /** one sentence, for people */
  readonly why: string
}

/**
 * The board that was asked for by id, else the one that the device tree (ARM) names, else a generic one with the
 * name of DMI (PC). Never rejects.
 * @param root stands before /proc and /sys; a tree of files in tests
 */
export async function recogniseBoard(asked: string, root = '/'): Promise<RecognisedBoard> {
  const compatible = await strings(root, 'proc/device-tree/compatible')
  const model = (await strings(root, 'proc/device-tree/model'))[0] ?? (await dmiName(root))
  const configured = boardById(asked)
  if (configured) return { board: configured, model, why: 'as configured' }
  for (const board of boards) {
    const entry = compatible.find((candidate) => board.compatible.some((pattern) => pattern.test(candidate)))
    if (entry !== undefined) return { board, model, why: `the device tree says ${entry}` }
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
