/** Which boxes there are: those on this broker, those that were paired, and how one more comes in. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Link } from '../../../client/link.js'
import { webSockets } from '../../../client/sockets.js'
import { decodeUtf8 } from '../../../client/utf8.js'
import { showBox, shownBox } from '../store/box.js'
import { far, forgetBox, forgetFar, hostBox, keepBox, keepFar, known } from '../store/boxes.js'
import { type KnownBox, readLink } from '../store/pairing.js'
import { text } from '../texts/texts.js'
import { Icon } from './icon.js'

export const Boxes = () => {
  const { box } = text.value
  const heard = useHeardBoxes()
  const shown = shownBox.value
  const all = [
    ...known.value,
    ...[...heard.keys()]
      .filter((name) => !known.value.some((each) => each.name === name))
      .map((name): KnownBox => ({ ...(shown ?? { prefix: 'live-pusher' }), name })),
  ].sort((one, other) => one.name.localeCompare(other.name))
  return (
    <section class="card">
      <h2>{box.boxes}</h2>
      <p class="help">{box.boxesHint}</p>
      <ul class="boxes">
        {all.map((each) => {
          const current = each.name === shown?.name
          const online = heard.get(each.name)
          const mayGo = !current && each.name !== hostBox.value?.name && online === undefined
          return (
            <li key={each.name}>
              <button
                type="button"
                class="row"
                aria-current={current}
                onClick={() => {
                  keepBox(each)
                  showBox(each)
                }}
              >
                <Icon name="box" />
                <span>{each.name}</span>
                <small data-online={String(online === true)}>
                  {current ? box.current : online === undefined ? '' : online ? box.online : box.offline}
                </small>
              </button>
              {mayGo ? <Forget name={each.name} forget={() => forgetBox(each)} /> : null}
            </li>
          )
        })}
        {far.value.map((each) => (
          <li key={each.href}>
            <a class="row" href={each.href}>
              <Icon name="link" />
              <span>{each.name}</span>
              <small>{new URL(each.href).host}</small>
            </a>
            <Forget name={each.name} forget={() => forgetFar(each)} />
          </li>
        ))}
      </ul>
      <AddBox />
    </section>
  )
}

const Forget = ({ name, forget }: { readonly name: string; readonly forget: () => void }) => (
  <button type="button" class="round" aria-label={text.value.box.forget(name)} onClick={forget}>
    <Icon name="close" />
  </button>
)

const AddBox = () => {
  const { box } = text.value
  const link = useSignal('')
  const problem = useSignal(false)
  const add = (event: Event): void => {
    event.preventDefault()
    const read = readLink(link.value.trim(), location.origin)
    problem.value = read === undefined
    if (!read) return
    if ('near' in read) keepBox(read.near)
    else keepFar(read.far)
    link.value = ''
  }
  return (
    <details class="inner">
      <summary>{box.add}</summary>
      <p class="help" id="add-help">
        {box.addHint}
      </p>
      <form class="written" onSubmit={add} noValidate>
        <input
          type="url"
          autocomplete="off"
          aria-label={box.pairingLink}
          aria-describedby="add-help"
          aria-invalid={problem.value}
          placeholder={box.pairingLink}
          value={link.value}
          onInput={({ currentTarget }) => {
            link.value = currentTarget.value
          }}
        />
        <button type="submit" class="quiet">
          {box.addNow}
        </button>
      </form>
      {problem.value ? (
        <p class="problem" role="alert">
          {box.pairingLink} {box.badLink}
        </p>
      ) : null}
    </details>
  )
}

/** By name, whether it is online: what the broker says of all boxes, while somebody looks. */
const useHeardBoxes = (): ReadonlyMap<string, boolean> => {
  const heard = useSignal<ReadonlyMap<string, boolean>>(new Map())
  const shown = shownBox.value
  useEffect(() => {
    if (!shown) return
    const { prefix, user, token } = shown
    const link = new Link(
      {
        url: `${location.origin.replace(/^http/, 'ws')}/mqtt`,
        open: webSockets(WebSocket),
        filters: [`${prefix}/+/availability`],
        ...(user ? { username: user } : {}),
        ...(token ? { password: token } : {}),
      },
      {
        state: () => undefined,
        message: (topic, payload) => {
          const name = topic.slice(prefix.length + 1, -'/availability'.length)
          heard.value = new Map([...heard.value, [name, decodeUtf8(payload) === 'online']])
        },
      },
    )
    link.start()
    return () => link.stop()
  }, [shown, heard])
  return heard.value
}
