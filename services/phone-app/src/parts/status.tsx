/** What the box does, in one word; and whether what is shown still holds. */
import { useEffect, useState } from 'preact/hooks'
import { feed, pictureIsHere, view } from '../store/box.js'
import { clockAheadMs } from '../store/boxes.js'
import { language, text } from '../texts/texts.js'

/** Every second, while it is shown. */
export const useNow = (): number => {
  const [now, tick] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

export const clockText = (time: number): string =>
  new Date(time).toLocaleTimeString(language.value === 'zh' ? 'zh-CN' : 'en-GB')

const elapsedText = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

export const StatePill = () => {
  const { state, fresh } = view.value
  const { states, preview, live } = text.value
  const now = useNow()
  if (!state) return null
  const looking = state.state === 'idle' && feed.value?.picture === true
  const words = looking ? preview : states[state.state]
  const lasts = state.state === 'pushing' && pictureIsHere() && fresh
  return (
    <p class="pill" role="status" data-state={fresh ? (looking ? 'looking' : state.state) : 'stale'}>
      {words}
      {lasts ? <time>{elapsedText(now + clockAheadMs.value - state.since)}</time> : null}
      {state.state === 'reconnecting' && state.attempt > 0 ? (
        <span>{live.attempt(state.attempt)}</span>
      ) : null}
    </p>
  )
}

/** On every page while the box is not heard: what is shown is from then. */
export const StaleBanner = () => {
  const { link, fresh, heardAt, state } = view.value
  const words = text.value.link
  if (fresh) return null
  const first = link === 'connecting' && !state
  const [title, hint] = first
    ? [words.connecting, '']
    : link === 'refused'
      ? [words.refused, words.refusedHint]
      : link === 'connected' && view.value.availability === 'offline'
        ? [words.offline, words.offlineHint]
        : link === 'connected'
          ? [words.connecting, '']
          : [words.lost, words.lostHint]
  return (
    <div class={`banner ${first ? '' : 'bad'}`} role="alert">
      <strong>{title}</strong>
      {hint ? <span>{hint}</span> : null}
      {state && heardAt > 0 ? <span>{words.asOf(clockText(heardAt))}</span> : null}
    </div>
  )
}
