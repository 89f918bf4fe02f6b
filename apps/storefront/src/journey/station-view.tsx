/** One station: who it was, what it did, which copy of it answered, whether the line was locked, and when it worked; one track for each try. */
import { LockIcon, OpenLockIcon, RepeatIcon } from '@meshmart/ui'
import { Fragment, type CSSProperties } from 'react'
import { useLanguage } from '../texts/language.tsx'
import type { Texts } from '../texts/en.ts'
import type { Station, Track } from './layout.ts'

/** The plain name of a service; one that the shop has no word for keeps its own. */
const nameOf = (service: string, names: Texts['journey']['service']): string =>
  (names as Record<string, string>)[service] ?? service

export function StationView({ station }: { station: Station }) {
  const { texts } = useLanguage()
  const { journey } = texts
  const last = station.tracks.at(-1)
  const retried = station.tracks.length > 1
  return (
    <li className={`station station--${station.service}${last?.outcome === 'answered' ? '' : ' station--no'}`}>
      <span className="station__dot" aria-hidden="true">
        {retried && <RepeatIcon />}
      </span>
      <div className="station__body">
        <h3 className="station__name">
          {nameOf(station.service, journey.service)} <span className="station__service">{station.service}</span>
        </h3>
        <p className="station__story">{journey.story[station.story]}</p>
        {last && (station.fromBrowser || last.replica !== null) && (
          <Security track={last} fromBrowser={station.fromBrowser} />
        )}
        <ol className="station__tracks">
          {station.tracks.map((track) => (
            <TrackView key={track.attempt} track={track} retried={retried} />
          ))}
        </ol>
      </div>
    </li>
  )
}

function TrackView({ track, retried }: { track: Track; retried: boolean }) {
  const { language, texts } = useLanguage()
  const { journey } = texts
  const digits = track.durationMs < 10 ? 1 : 0
  const time = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const place = { '--start': track.start, '--length': track.length } as CSSProperties
  const outcome = retried || track.outcome !== 'answered'
  return (
    <li className={`track track--${track.outcome}`}>
      <span className="track__rail" aria-hidden="true">
        <span className="track__bar" style={place} />
      </span>
      <span className="track__words">
        <span>
          {retried && <>{journey.try(track.attempt)} · </>}
          {outcome && <strong>{journey[track.outcome]} · </strong>}
          {track.replica === null ? journey.noReplica : journey.replica(track.replica)}
        </span>
        <span className="track__ms tabular">{journey.ms(time.format(track.durationMs))}</span>
      </span>
    </li>
  )
}

function Security({ track, fromBrowser }: { track: Track; fromBrowser: boolean }) {
  const { journey } = useLanguage().texts
  if (fromBrowser) return <p className="station__lock">{journey.browser}</p>
  if (!track.mtls) {
    return (
      <p className="station__lock station__lock--open">
        <OpenLockIcon />
        {journey.unlocked}
      </p>
    )
  }
  return (
    <details className="station__proof">
      <summary className="station__lock">
        <LockIcon />
        {journey.locked}
      </summary>
      {track.identity !== null && (
        <p>
          <span className="soft">{journey.proof}</span>
          <code>{breakable(track.identity)}</code>
        </p>
      )}
    </details>
  )
}

/** Lets a long identity break after its slashes and nowhere else. */
const breakable = (identity: string) =>
  identity.split(/(?<=\/)(?!\/)/).map((part, index) => (
    <Fragment key={index}>
      {part}
      <wbr />
    </Fragment>
  ))
