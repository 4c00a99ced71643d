/** The box itself: how it fares, which others there are, who else may, and the app's own settings. */
import type { ComponentChildren } from 'preact'
import { Boxes } from '../parts/boxes.js'
import { Share } from '../parts/share.js'
import { pictureIsHere, view } from '../store/box.js'
import { chooseTheme, themeChoice } from '../store/theme.js'
import { chooseLanguage, languageChoice, text } from '../texts/texts.js'

export const BoxPage = () => {
  const { box, tabs } = text.value
  const { state } = view.value
  return (
    <main class="page" id="page">
      <h1>{tabs.box}</h1>
      <Health />
      {state ? (
        <section class="card">
          <h2>{box.about}</h2>
          <dl class="facts-list">
            <Fact name={box.server}>{state.url || box.none}</Fact>
            <Fact name={box.encoder}>{state.encoder || box.none}</Fact>
            <Fact name={box.sessions}>{state.session}</Fact>
            <Fact name={box.version}>{state.version}</Fact>
          </dl>
        </section>
      ) : null}
      <Boxes />
      <Share />
      <section class="card">
        <h2>{box.app}</h2>
        <Segments
          label={box.language}
          names={box.languages}
          chosen={languageChoice.value}
          choose={(choice) => chooseLanguage(choice)}
        />
        <Segments
          label={box.theme}
          names={box.themes}
          chosen={themeChoice.value}
          choose={(choice) => chooseTheme(choice)}
        />
      </section>
      {pictureIsHere() ? (
        <nav class="card" aria-label={box.more}>
          <h2>{box.more}</h2>
          <ul class="links">
            <li>
              <a href="/preview">{box.moreLinks.preview}</a>
            </li>
            <li>
              <a href="/healthz">{box.moreLinks.health}</a>
            </li>
            <li>
              <a href="/metrics">{box.moreLinks.metrics}</a>
            </li>
            <li>
              <a href="/debug">{box.moreLinks.debug}</a>
            </li>
          </ul>
        </nav>
      ) : null}
    </main>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const Health = () => {
  const { box, time } = text.value
  const { telemetry } = view.value
  const minutes = Math.floor((telemetry?.uptimeS ?? 0) / 60)
  const days = Math.floor(minutes / 1_440)
  const hours = Math.floor(minutes / 60) % 24
  const uptime = [
    ...(days > 0 ? [`${days} ${time.day}`] : []),
    ...(hours > 0 || days > 0 ? [`${hours} ${time.hour}`] : []),
    `${minutes % 60} ${time.minute}`,
  ].join(' ')
  const tiles: readonly (readonly [name: string, value: string | undefined])[] = [
    [
      box.temperature,
      telemetry?.temperatureC === undefined ? undefined : `${Math.round(telemetry.temperatureC)} °C`,
    ],
    [box.cpu, telemetry?.cpu === undefined ? undefined : `${Math.round(telemetry.cpu * 100)} %`],
    [box.memory, telemetry?.memoryMB === undefined ? undefined : size(telemetry.memoryMB)],
    [box.disk, telemetry?.diskFreeMB === undefined ? undefined : size(telemetry.diskFreeMB)],
    [box.uptime, telemetry?.uptimeS === undefined ? undefined : uptime],
    [box.throttled, telemetry?.throttled?.length ? telemetry.throttled.join(', ') : undefined],
  ]
  const shown = tiles.filter(([, value]) => value !== undefined)
  return (
    <section class="card">
      <h2>{box.health}</h2>
      {shown.length === 0 ? <p class="help">{box.noTelemetry}</p> : null}
      <dl class="tiles">
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

const size = (megabytes: number): string =>
  megabytes >= 10_000 ? `${Math.round(megabytes / 1_000)} GB` : `${Math.round(megabytes)} MB`

interface SegmentsProps<Choice extends string> {
  readonly label: string
  readonly names: Readonly<Record<Choice, string>>
  readonly chosen: Choice
  readonly choose: (choice: Choice) => void
}

const Segments = <Choice extends string>({ label, names, chosen, choose }: SegmentsProps<Choice>) => (
  <fieldset>
    <legend>{label}</legend>
    <div class="segments">
      {(Object.entries(names) as [Choice, string][]).map(([name, title]) => (
        <label key={name}>
          <input type="radio" name={label} checked={chosen === name} onChange={() => choose(name)} />
          <span>{title}</span>
        </label>
      ))}
    </div>
  </fieldset>
)
