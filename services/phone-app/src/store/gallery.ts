/** The photos that this phone has heard of. The box keeps the last 200; one that is gone there is dropped here. */
import { signal } from '@preact/signals'
import type { SnapshotInfo } from '../../../../firmware/pusher/events.js'
import type { KnownBox } from './pairing.js'
import { readList, storeList } from './settings.js'

export interface Photo {
  readonly id: string
  readonly time: number
  readonly path: string
}

const kept = 200

const asPhoto = (value: unknown): Photo | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, time, path } = value as Readonly<Record<string, unknown>>
  const legal = typeof id === 'string' && typeof time === 'number' && typeof path === 'string'
  return legal && path.startsWith('/snapshots/') ? { id, time, path } : undefined
}

const listName = ({ prefix, name }: KnownBox): string => `photos.${prefix}/${name}`

let ofBox = ''
/** newest first, of the box that is shown */
export const photos = signal<readonly Photo[]>([])

export const showPhotosOf = (box: KnownBox): void => {
  ofBox = listName(box)
  photos.value = readList(ofBox, asPhoto)
}

export const noteSnapshot = ({ id, time, path }: SnapshotInfo): void => {
  const photo = asPhoto({ id, time, path })
  if (photo === undefined || photos.value.some((each) => each.id === id)) return
  photos.value = [photo, ...photos.value].slice(0, kept)
  storeList(ofBox, photos.value)
}

export const dropPhoto = (id: string): void => {
  photos.value = photos.value.filter((photo) => photo.id !== id)
  storeList(ofBox, photos.value)
}
