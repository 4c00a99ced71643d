/** One attribute: its name, what it does, and the control that its schema asks for. */
import { useSignal } from '@preact/signals'
import { useEffect, useId, useMemo } from 'preact/hooks'
import { type AttributeName, entryOf } from '../../../../firmware/pusher/attributes.js'
import { view } from '../store/box.js'
import { change, changeWhileMoving, pending, problemsOf, say } from '../store/commands.js'
import { attributeText, either, text } from '../texts/texts.js'
import { type Control, controlOf, problemWith, readNumber } from './control.js'

/** These are needed for those to be anything but 0. */
const needs: Readonly<Partial<Record<AttributeName, AttributeName>>> = {
  'skin-smoothness': 'custom-effect',
  'skin-whiteness': 'custom-effect',
}

export const Field = ({ name }: { readonly name: AttributeName }) => {
  const id = useId()
  const entry = entryOf(name)
  const value = view.value.attributes?.[name]
  const { titles, values } = attributeText.value
  const named = values[name]
  const control = useMemo(() => controlOf(name, named && Object.keys(named)), [name, named])
  const problem = useSignal('')
  const needed = needs[name]
  const disabled = value === undefined || (needed !== undefined && view.value.attributes?.[needed] !== true)
  const isDefault = entry.secret || JSON.stringify(value) === JSON.stringify(entry.default)
  const { adjust } = text.value
  const label = (each: string): string => named?.[each] ?? each

  /** Refused here with its reason, or there. */
  const set = async (wanted: unknown): Promise<boolean> => {
    problem.value = problemWith(name, wanted, text.value, label) ?? ''
    if (problem.value !== '') return false
    const answer = await change(together(name, wanted), [name])
    problem.value = problemsOf(answer).find(({ path }) => path === name)?.message ?? ''
    if (answer.ok && entry.applies !== 'live') say('good', `${titles[name]}: ${adjust.takes[entry.applies]}`)
    return answer.ok
  }
  const shared = { id, name, control, value, disabled, label, set }
  return (
    <div class={`field ${control.kind}`} data-name={name} aria-busy={pending.value.has(name)}>
      <div class="head">
        <label for={id} id={`${id}-title`}>
          {titles[name]}
          {entry.unit && control.kind !== 'flag' ? <small>{entry.unit}</small> : null}
        </label>
        {control.kind === 'flag' ? <Toggle {...shared} /> : null}
        {control.kind === 'flag' || isDefault || entry.applies === 'fixed' ? null : (
          <button
            type="button"
            class="quiet small"
            aria-label={adjust.resetOf(titles[name])}
            onClick={() => void set(entry.default)}
          >
            {adjust.reset}
          </button>
        )}
      </div>
      <p class="help" id={`${id}-help`}>
        {either(entry.help, entry.helpZh)}
        {entry.applies === 'live' ? '' : ` (${adjust.takes[entry.applies]})`}
      </p>
      {control.kind === 'range' ? <Slider {...shared} /> : null}
      {control.kind === 'choice' ? <Choice {...shared} /> : null}
      {control.kind === 'number' || control.kind === 'text' ? (
        <Written {...shared} problem={problem.value} />
      ) : null}
      {problem.value === '' ? null : (
        <p class="problem" role="alert" id={`${id}-problem`}>
          {titles[name]} {problem.value}
        </p>
      )}
    </div>
  )
}

/** Width and height are set together or not at all: the one that is not there yet follows the other. */
const together = (name: AttributeName, wanted: unknown): Readonly<Record<string, unknown>> => {
  const other = name === 'video-width' ? 'video-height' : name === 'video-height' ? 'video-width' : undefined
  if (other === undefined) return { [name]: wanted }
  const now = view.value.attributes
  if (wanted === null) return { [name]: null, [other]: null }
  const { width, height } = view.value.state ?? { width: 0, height: 0 }
  const measured = other === 'video-width' ? width : height
  return { [name]: wanted, [other]: now?.[other] ?? (measured > 0 ? measured : wanted) }
}

interface Shared {
  readonly id: string
  readonly name: AttributeName
  readonly control: Control
  readonly value: unknown
  readonly disabled: boolean
  readonly label: (value: string) => string
  readonly set: (value: unknown) => Promise<boolean>
}

const Toggle = ({ id, value, disabled, set }: Shared) => (
  <input
    id={id}
    type="checkbox"
    class="switch"
    checked={value === true}
    disabled={disabled}
    aria-describedby={`${id}-help`}
    onChange={({ currentTarget }) => {
      const wanted = currentTarget.checked
      // What is shown is what the box says.
      currentTarget.checked = value === true
      void set(wanted)
    }}
  />
)

const Slider = ({ id, name, control, value, disabled }: Shared) => {
  const moving = useSignal<number | undefined>(undefined)
  const send = useMemo(() => changeWhileMoving(name), [name])
  if (control.kind !== 'range') return null
  const shown = moving.value ?? Number(value ?? control.min)
  const share = (shown - control.min) / (control.max - control.min)
  return (
    <div class="slider" style={`--share: ${share}`}>
      <input
        id={id}
        type="range"
        min={control.min}
        max={control.max}
        step={control.step}
        value={shown}
        disabled={disabled}
        aria-describedby={`${id}-help`}
        onInput={({ currentTarget }) => {
          moving.value = currentTarget.valueAsNumber
          send(currentTarget.valueAsNumber)
        }}
        onChange={() => {
          moving.value = undefined
        }}
      />
      <output for={id}>{control.step === 1 ? shown : shown.toFixed(2)}</output>
    </div>
  )
}

/** values that fit side by side */
const sideBySide = 3

const Choice = ({ id, control, value, disabled, label, set }: Shared) => {
  if (control.kind !== 'choice') return null
  const { values } = control
  if (values.length > sideBySide) {
    return (
      <select
        id={id}
        disabled={disabled}
        aria-describedby={`${id}-help`}
        value={String(value)}
        onChange={({ currentTarget }) => {
          const wanted = values.find((each) => String(each) === currentTarget.value)
          currentTarget.value = String(value)
          void set(wanted)
        }}
      >
        {values.map((each) => (
          <option key={each} value={String(each)}>
            {label(String(each))}
          </option>
        ))}
      </select>
    )
  }
  return (
    <div class="segments" role="radiogroup" aria-labelledby={`${id}-title`} id={id}>
      {values.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name={id}
            value={String(each)}
            checked={value === each}
            disabled={disabled}
            onChange={() => void set(each)}
          />
          <span>{label(String(each))}</span>
        </label>
      ))}
    </div>
  )
}

const writtenOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

const Written = ({
  id,
  name,
  control,
  value,
  disabled,
  set,
  problem,
}: Shared & { readonly problem: string }) => {
  const { adjust } = text.value
  const secret = entryOf(name).secret === true
  const stored = secret ? '' : writtenOf(value)
  const written = useSignal(stored)
  useEffect(() => {
    written.value = stored
  }, [stored, written])
  const numeric = control.kind === 'number'
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    const done = await set(numeric ? readNumber(written.value) : written.value.trim())
    if (done && secret) written.value = ''
  }
  return (
    <form class="written" onSubmit={(event) => void save(event)} noValidate>
      {secret && value ? <p class="secret">{String(value)}</p> : null}
      <input
        id={id}
        type="text"
        inputMode={numeric ? 'numeric' : 'url'}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={written.value}
        disabled={disabled}
        placeholder={numeric ? adjust.automatic : secret ? adjust.newAddress : ''}
        aria-invalid={problem !== ''}
        aria-describedby={problem === '' ? `${id}-help` : `${id}-problem`}
        onInput={({ currentTarget }) => {
          written.value = currentTarget.value
        }}
      />
      <button type="submit" class="quiet" disabled={disabled || (written.value === stored && problem === '')}>
        {adjust.save}
      </button>
    </form>
  )
}
