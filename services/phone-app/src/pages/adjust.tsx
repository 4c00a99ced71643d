/** Every attribute, with the recommended settings on top. */
import { entryOf } from '../../../../firmware/pusher/attributes.js'
import { presets } from '../../../../firmware/pusher/presets.js'
import { type GroupName, groups, withoutEffect } from '../form/control.js'
import { Field } from '../form/field.js'
import { view } from '../store/box.js'
import { change, pending, say } from '../store/commands.js'
import { attributeText, either, text } from '../texts/texts.js'

const groupNames = Object.keys(groups) as GroupName[]

export const AdjustPage = () => {
  const { adjust, tabs } = text.value
  return (
    <main class="page" id="page">
      <h1>{tabs.adjust}</h1>
      <Presets />
      {groupNames.map((group, index) => (
        <details key={group} class="card" open={index === 0} data-group={group}>
          <summary>
            <h2>{adjust.groups[group]}</h2>
          </summary>
          {groups[group].map((name) => (
            <Field key={name} name={name} />
          ))}
        </details>
      ))}
      <details class="card">
        <summary>
          <h2>{adjust.unused}</h2>
        </summary>
        <p class="help">{adjust.unusedHint}</p>
        <ul class="plain">
          {withoutEffect.map((name) => (
            <li key={name}>
              <strong>{attributeText.value.titles[name]}</strong>
              <span class="help">{either(entryOf(name).reason ?? '', entryOf(name).reasonZh ?? '')}</span>
            </li>
          ))}
        </ul>
      </details>
    </main>
  )
}

const Presets = () => {
  const { adjust } = text.value
  const now = view.value.attributes
  const holds = (values: object): boolean =>
    Object.entries(values).every(([name, value]) => now?.[name] === value)
  const choose = async (name: string, title: string): Promise<void> => {
    const answer = await change({ preset: name })
    if (answer.ok) say('good', title)
  }
  return (
    <section aria-labelledby="presets">
      <h2 id="presets">{adjust.presets}</h2>
      <p class="help">{adjust.presetsHint}</p>
      <div class="presets">
        {Object.entries(presets).map(([name, { title, titleZh, values }]) => (
          <button
            key={name}
            type="button"
            class="preset"
            aria-pressed={holds(values)}
            aria-busy={pending.value.has('preset')}
            disabled={now === undefined}
            onClick={() => void choose(name, either(title, titleZh))}
          >
            <strong>{either(title, titleZh)}</strong>
            <span>
              {attributeText.value.values.mode?.[values.mode]} · {values['min-bitrate']}–
              {values['max-bitrate']} kbit/s
            </span>
          </button>
        ))}
      </div>
    </section>
  )
}
