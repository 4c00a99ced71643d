/** The photos that were taken, and one of them in large. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.js'
import { clockText } from '../parts/status.js'
import { dropPhoto, type Photo, photos } from '../store/gallery.js'
import { text } from '../texts/texts.js'

export const GalleryPage = () => {
  const { gallery, back } = text.value
  const shown = useSignal<string | undefined>(undefined)
  const list = photos.value
  const at = list.findIndex(({ id }) => id === shown.value)
  const photo = list[at]
  const go = (step: number): void => {
    shown.value = list[at + step]?.id ?? shown.value
  }
  return (
    <main class="page" id="page">
      <h1>
        <a class="round" href="#/live" aria-label={back}>
          <Icon name="back" />
        </a>
        {gallery.title}
      </h1>
      {list.length === 0 ? (
        <div class="card empty">
          <strong>{gallery.none}</strong>
          <span>{gallery.noneHint}</span>
        </div>
      ) : (
        <ul class="photos">
          {list.map(({ id, path, time }) => (
            <li key={id}>
              <button
                type="button"
                aria-label={gallery.open(clockText(time))}
                onClick={() => {
                  shown.value = id
                }}
              >
                <img src={path} alt="" loading="lazy" onError={() => dropPhoto(id)} />
                <span>{clockText(time)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {photo ? (
        <Large
          photo={photo}
          newer={at > 0 ? () => go(-1) : undefined}
          older={at < list.length - 1 ? () => go(1) : undefined}
          close={() => {
            shown.value = undefined
          }}
        />
      ) : null}
    </main>
  )
}

interface LargeProps {
  readonly photo: Photo
  readonly newer: (() => void) | undefined
  readonly older: (() => void) | undefined
  readonly close: () => void
}

const Large = ({ photo, newer, older, close }: LargeProps) => {
  const { gallery } = text.value
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog class="large" ref={dialog} onClose={close} aria-label={gallery.open(clockText(photo.time))}>
      <img src={photo.path} alt={gallery.open(clockText(photo.time))} />
      <div class="bar">
        <button type="button" class="round" aria-label={gallery.newer} disabled={!newer} onClick={newer}>
          <Icon name="back" />
        </button>
        <a class="quiet" href={photo.path} download={`${photo.id}.jpg`}>
          {gallery.save}
        </a>
        <button type="button" class="round" aria-label={gallery.older} disabled={!older} onClick={older}>
          <Icon name="forward" />
        </button>
        <button
          type="button"
          class="round"
          aria-label={gallery.close}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </div>
    </dialog>
  )
}
