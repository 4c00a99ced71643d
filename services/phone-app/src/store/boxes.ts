/** The boxes that this phone knows, and the one that serves this page. */
import { signal } from '@preact/signals'
import { asFarBox, asKnownBox, type FarBox, type KnownBox } from './pairing.js'
import { readList, readText, storeList, storeSetting } from './settings.js'

/** The box whose address this is; undefined until it, or what was kept of it, is known. */
export const hostBox = signal<KnownBox | undefined>(readHost())
export const known = signal<readonly KnownBox[]>(readList('boxes', asKnownBox))
export const far = signal<readonly FarBox[]>(readList('far', asFarBox))

/** ms by which the clock of the box at this address is ahead of this phone's */
export const clockAheadMs = signal(0)

const hostMs = 5_000

function readHost(): KnownBox | undefined {
  try {
    return asKnownBox(JSON.parse(readText('host') ?? 'null'))
  } catch {
    return undefined
  }
}

/** Asks the address of this page which box it is. Undefined when nobody answers. */
export const askHost = async (): Promise<KnownBox | undefined> => {
  try {
    const response = await fetch('/box.json', { signal: AbortSignal.timeout(hostMs), cache: 'no-store' })
    const itsTime = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(itsTime)) clockAheadMs.value = itsTime - Date.now()
    const box = asKnownBox(await response.json())
    if (!box) return undefined
    hostBox.value = box
    storeSetting('host', JSON.stringify(box))
    return box
  } catch {
    return undefined
  }
}

const same = (one: KnownBox, other: KnownBox): boolean =>
  one.name === other.name && one.prefix === other.prefix

/** Keeps a box; what is newer of the same one counts. The last kept is the one that is shown. */
export const keepBox = (box: KnownBox): void => {
  known.value = [box, ...known.value.filter((other) => !same(other, box))]
  storeList('boxes', known.value)
}

export const forgetBox = (box: KnownBox): void => {
  known.value = known.value.filter((other) => !same(other, box))
  storeList('boxes', known.value)
}

export const keepFar = (box: FarBox): void => {
  far.value = [box, ...far.value.filter(({ href }) => href !== box.href)]
  storeList('far', far.value)
}

export const forgetFar = (box: FarBox): void => {
  far.value = far.value.filter(({ href }) => href !== box.href)
  storeList('far', far.value)
}
