/** The picture and, in reach of a thumb, what one does with it. */
import { useSignal } from '@preact/signals'
import { callOrder, type PhaseName } from '../../../../firmware/pusher/call-order.js'
import { codes } from '../../../../firmware/pusher/codes.js'
import type { BoxStateName } from '../../../../firmware/pusher/events.js'
import { Icon, type IconName } from '../parts/icon.js'
import { Preview } from '../parts/preview.js'
import { StatePill, useNow } from '../parts/status.js'
import { feed, log, net, pictureIsHere, shownBox, view } from '../store/box.js'
import { act, change, pending, say } from '../store/commands.js'
import { photos } from '../store/gallery.js'
import { trouble } from '../store/happenings.js'
import { codeWords } from '../texts/code-words.js'
import { text } from '../texts/texts.js'

export const LivePage = () => {
  const listens = useSignal(false)
  const { live } = text.value
  const debug = view.value.attributes?.debug === true
  return (
    <main class="live" id="page">
      <section class="stage">
        <Preview muted={!listens.value} />
        <header>
          <a class="who" href="#/box">
            {shownBox.value?.name}
          </a>
          <StatePill />
        </header>
        <div class="tools">
          {pictureIsHere() ? (
            <>
              <RoundButton
                icon={listens.value ? 'sound' : 'soundOff'}
                label={listens.value ? live.soundOff : live.soundOn}
                pressed={listens.value}
                onClick={() => {
                  listens.value = !listens.value
                }}
              />
              <RoundButton
                icon="figures"
                label={debug ? live.figuresOff : live.figuresOn}
                pressed={debug}
                busy={pending.value.has('debug')}
                onClick={() => void change({ debug: !debug })}
              />
            </>
          ) : null}
          <LastPhoto />
        </div>
      </section>
      <section class="panel">
        <Advice />
        <Facts />
        <Actions />
      </section>
    </main>
  )
}

interface RoundButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly pressed?: boolean
  readonly busy?: boolean
  readonly onClick: () => void
}

const RoundButton = ({ icon, label, pressed, busy, onClick }: RoundButtonProps) => (
  <button
    type="button"
    class="round"
    title={label}
    aria-label={label}
    aria-pressed={pressed}
    aria-busy={busy}
    onClick={onClick}
  >
    <Icon name={icon} />
  </button>
)

const LastPhoto = () => {
  const [last] = photos.value
  return (
    <a
      class="last-photo"
      href="#/gallery"
      aria-label={text.value.live.gallery}
      title={text.value.live.gallery}
    >
      {last && pictureIsHere() ? <img src={last.path} alt="" /> : <Icon name="gallery" />}
    </a>
  )
}

/** What is wrong, in plain words, and what to do. */
const Advice = () => {
  const now = useNow()
  const found = trouble(log.value, now)
  const code = found && codes.get(found.code)
  if (!found || !code?.emitted || !view.value.fresh) return null
  const { what, todo } = codeWords(code, found.entry.kind === 'code' ? found.entry.cause : undefined)
  return (
    <a class={`advice ${code.level}`} href={found.code === -1313 ? '#/adjust' : '#/events'}>
      <Icon name="warning" />
      <span>
        <strong>{what}</strong>
        <span>{todo}</span>
      </span>
    </a>
  )
}

const Facts = () => {
  const { state } = view.value
  const { live, figures } = text.value
  if (!state) return null
  const last = net.value.at(-1)
  const sends = state.state === 'pushing' && last && Date.now() / 1000 - last.atS < 6
  const facts = [
    ...(state.state === 'paused' ? [live.paused] : []),
    ...(state.width > 0 ? [`${state.width} × ${state.height}`] : []),
    ...(sends
      ? [`${last.videoFPS} fps`, `${last.netSpeed} kbit/s`, figures.qualities[last.netQualityLevel]]
      : []),
  ]
  return <p class="facts">{facts.join(' · ')}</p>
}

/** Where the box stands in the table of what may be called when. */
const phaseOf = (state: BoxStateName): PhaseName => {
  switch (state) {
    case 'idle':
      return feed.value?.picture ? 'preview' : 'idle'
    case 'starting':
    case 'reconnecting':
    case 'stopping':
      return 'connecting'
    default:
      return state
  }
}

const Actions = () => {
  const { state, attributes } = view.value
  const { live } = text.value
  const at = state?.state
  const off = at === undefined || at === 'idle' || at === 'stopping'
  const muted = attributes?.muted === true
  const paused = at === 'paused'
  // What is not known to be impossible may be asked: the box answers.
  const rules = at && view.value.fresh ? callOrder[phaseOf(at)] : undefined
  const startOrStop = (): void => {
    void act(off ? 'start' : 'stop')
  }
  const photo = async (): Promise<void> => {
    const answer = await act('snapshot')
    if (answer?.ok) say('good', live.taken)
  }
  return (
    <div class="actions">
      <Action
        icon={muted ? 'micOff' : 'mic'}
        label={muted ? live.unmute : live.mute}
        pressed={muted}
        name="muted"
        onClick={() => void change({ muted: !muted })}
      />
      <Action
        icon={paused ? 'resume' : 'pause'}
        label={paused ? live.resume : live.pause}
        long={paused ? live.resumeLong : live.pauseLong}
        pressed={paused}
        name={paused ? 'resume' : 'pause'}
        disabled={rules?.[paused ? 'resume' : 'pause'] === 'fail'}
        onClick={() => void act(paused ? 'resume' : 'pause')}
      />
      <button
        type="button"
        class={`main ${off ? 'start' : 'stop'}`}
        aria-busy={pending.value.has('start') || pending.value.has('stop') || at === 'stopping'}
        onClick={startOrStop}
      >
        <span class="disc">
          <Icon name={off ? 'live' : 'stop'} size={36} />
        </span>
        {off ? live.start : live.stop}
      </button>
      <Action
        icon="flip"
        label={state?.camera === 'back' ? live.back : live.front}
        long={live.switchCameraLong}
        name="switchCamera"
        disabled={rules?.switchCamera === 'fail'}
        onClick={() => void act('switchCamera')}
      />
      <Action
        icon="photo"
        label={live.snapshot}
        long={live.snapshotLong}
        name="snapshot"
        disabled={rules?.snapshot === 'fail'}
        onClick={() => void photo()}
      />
    </div>
  )
}

interface ActionProps extends RoundButtonProps {
  /** what it does, for who can't see the sign */
  readonly long?: string
  readonly name: string
  readonly disabled?: boolean | undefined
}

const Action = ({ icon, label, long = label, pressed, name, disabled, onClick }: ActionProps) => (
  <button
    type="button"
    class="action"
    aria-label={long}
    title={long}
    aria-pressed={pressed}
    aria-busy={pending.value.has(name)}
    disabled={disabled}
    onClick={onClick}
  >
    <span class="disc">
      <Icon name={icon} />
    </span>
    {label}
  </button>
)
