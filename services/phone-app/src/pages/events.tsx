/** What has happened, with its cause and what to do. */
import { useSignal } from '@preact/signals'
import { codes } from '../../../../firmware/pusher/codes.js'
import type { Cause } from '../../../../firmware/pusher/events.js'
import { clockText } from '../parts/status.js'
import { log } from '../store/box.js'
import type { Entry } from '../store/happenings.js'
import { codeWords } from '../texts/code-words.js'
import { text } from '../texts/texts.js'

const isProblem = (entry: Entry): boolean =>
  entry.kind === 'notice' || entry.kind === 'missed' || (entry.kind === 'code' && entry.level !== 'event')

export const EventsPage = () => {
  const { events, tabs } = text.value
  const problemsOnly = useSignal(false)
  const shown = problemsOnly.value ? log.value.filter(isProblem) : log.value
  return (
    <main class="page" id="page">
      <h1>{tabs.events}</h1>
      <div class="segments" role="radiogroup" aria-label={tabs.events}>
        {([false, true] as const).map((only) => (
          <label key={String(only)}>
            <input
              type="radio"
              name="which-events"
              checked={problemsOnly.value === only}
              onChange={() => {
                problemsOnly.value = only
              }}
            />
            <span>{only ? events.problems : events.all}</span>
          </label>
        ))}
      </div>
      {shown.length === 0 ? (
        <div class="card empty">
          <strong>{events.none}</strong>
          <span>{events.noneHint}</span>
        </div>
      ) : (
        <ol class="log card">
          {shown.map((entry) => (
            <Happening key={entry.key} entry={entry} />
          ))}
        </ol>
      )}
    </main>
  )
}

const Happening = ({ entry }: { readonly entry: Entry }) => {
  const { events } = text.value
  const when = <time dateTime={new Date(entry.time).toISOString()}>{clockText(entry.time)}</time>
  switch (entry.kind) {
    case 'code': {
      const known = codes.get(entry.code)
      const { what, todo } = known ? codeWords(known, entry.cause) : { what: entry.message, todo: '' }
      return (
        <li class={entry.level} data-code={entry.code}>
          {when}
          <b title={events.levels[entry.level]}>{entry.code}</b>
          <div>
            <strong>{what}</strong>
            {entry.level === 'event' ? null : <CauseText cause={entry.cause} />}
            {todo ? <span class="todo">{todo}</span> : null}
          </div>
        </li>
      )
    }
    case 'notice':
      return (
        <li class="warning">
          {when}
          <b>{events.levels.notice}</b>
          <div>
            <strong>{entry.message}</strong>
            <CauseText cause={entry.cause} />
          </div>
        </li>
      )
    case 'button':
      return (
        <li class="event">
          {when}
          <b />
          <div>
            <strong>{events.button(entry.button, events.gestures[entry.gesture])}</strong>
          </div>
        </li>
      )
    case 'missed':
      return (
        <li class="warning">
          {when}
          <b />
          <div>
            <strong>{events.missed(entry.count)}</strong>
          </div>
        </li>
      )
  }
}

/** The cause as the box gives it: for who asks the next question. */
const CauseText = ({ cause }: { readonly cause: Cause | undefined }) => {
  if (!cause) return null
  const { kind, ...details } = cause
  const rest = Object.entries(details).filter(([, value]) => value !== undefined && value !== '')
  return (
    <span class="cause">
      {text.value.events.cause}: {[kind, ...rest.map(([name, value]) => `${name} ${value}`)].join(' · ')}
    </span>
  )
}
