/** The network status as it changes: figures, and lines of the last minutes. */
import { Chart, type Line } from '../parts/chart.js'
import { type NetPoint, net } from '../store/box.js'
import { text } from '../texts/texts.js'

export const FiguresPage = () => {
  const { figures, tabs } = text.value
  const points = net.value
  const last = points.at(-1)
  return (
    <main class="page" id="page">
      <h1>{tabs.figures}</h1>
      {last === undefined ? (
        <div class="card empty">
          <strong>{figures.none}</strong>
          <span>{figures.noneHint}</span>
        </div>
      ) : (
        <Charts points={points} last={last} />
      )}
    </main>
  )
}

const Charts = ({ points, last }: { readonly points: readonly NetPoint[]; readonly last: NetPoint }) => {
  const { figures } = text.value
  const { units } = figures
  const times = points.map(({ atS }) => atS)
  const line = (name: keyof NetPoint, colour: string): Line => ({
    colour: `--line-${colour}`,
    values: points.map((point) => point[name]),
  })
  const quality = figures.qualities[last.netQualityLevel] ?? ''
  return (
    <>
      <section class="card figure" data-figure="quality">
        <h2>{figures.quality}</h2>
        <p class="now" data-quality={last.netQualityLevel}>
          {quality}
        </p>
        <Chart
          times={times}
          // Upside down, so that better is higher; unknown is a gap.
          lines={[
            {
              colour: '--line-1',
              stepped: true,
              values: points.map(({ netQualityLevel: level }) => (level === 0 ? null : 6 - level)),
            },
          ]}
          least={5}
          top={5.2}
          bare
          label={figures.chart(figures.quality, quality)}
        />
      </section>
      <section class="card figure" data-figure="bitrate">
        <h2>{figures.bitrate}</h2>
        <p class="now">
          {last.netSpeed} <small>{units.kbps}</small>
        </p>
        <ul class="legend">
          <li class="line-1">
            {figures.sent} {last.netSpeed}
          </li>
          <li class="line-2">
            {figures.video} {last.videoBitrate}
          </li>
          <li class="line-3">
            {figures.audio} {last.audioBitrate}
          </li>
        </ul>
        <Chart
          times={times}
          lines={[line('netSpeed', '1'), line('videoBitrate', '2'), line('audioBitrate', '3')]}
          least={200}
          label={figures.chart(figures.bitrate, `${last.netSpeed} ${units.kbps}`)}
        />
      </section>
      {(
        [
          ['frames', 'videoFPS', units.fps, 16],
          ['jitter', 'netJitter', units.ms, 10],
          ['queue', 'videoCache', units.frames, 10],
        ] as const
      ).map(([title, name, unit, least]) => (
        <section key={title} class="card figure" data-figure={title}>
          <h2>{figures[title]}</h2>
          <p class="now">
            {last[name]} <small>{unit}</small>
          </p>
          <Chart
            times={times}
            lines={[line(name, '1')]}
            least={least}
            label={figures.chart(figures[title], `${last[name]} ${unit}`)}
          />
        </section>
      ))}
      <dl class="card facts-list">
        <div>
          <dt>{figures.size}</dt>
          <dd>
            {last.videoWidth} × {last.videoHeight}
          </dd>
        </div>
        <div>
          <dt>{figures.keyframes}</dt>
          <dd>
            {last.videoGOP} {figures.seconds}
          </dd>
        </div>
      </dl>
    </>
  )
}
