/** What the auditor said last, never without when it looked and at how much: an old "clean" says nothing about today. */
import type { AuditVerdict } from '@meshmart/contracts'
import { Button, StatusPill } from '@meshmart/ui'
import { useLoaded } from '../../loaded.ts'
import { useLanguage } from '../../texts/language.tsx'
import { getAudit } from '../office-api.ts'
import { DataTable, Part } from '../parts.tsx'
import { useOfficeTexts } from '../texts/office-texts.ts'

export function Verdict() {
  const { office } = useOfficeTexts()
  const { loaded, reload } = useLoaded('audit', getAudit)
  return (
    <section aria-labelledby="audit-heading">
      <h2 id="audit-heading">{office.audit.title}</h2>
      <Part loaded={loaded} reload={reload}>
        {({ verdict }) => (verdict === null ? <NoVerdict /> : <LastVerdict verdict={verdict} />)}
      </Part>
      <Button variant="quiet" onClick={reload}>
        {office.refresh}
      </Button>
    </section>
  )
}

function NoVerdict() {
  const { audit } = useOfficeTexts().office
  return (
    <p>
      {audit.never} {audit.how} <code>npm run audit</code>
    </p>
  )
}

function LastVerdict({ verdict }: { verdict: AuditVerdict }) {
  const { language } = useLanguage()
  const { audit } = useOfficeTexts().office
  const { endedAt, rules, orders, violationCount, violations } = verdict
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(endedAt))
  const hidden = violationCount - violations.length
  return (
    <>
      <p>
        <StatusPill tone={violationCount === 0 ? 'good' : 'bad'}>
          {violationCount === 0 ? audit.clean : audit.notClean(violationCount)}
        </StatusPill>{' '}
        <span className="tabular">{audit.counts(rules, orders)}</span>
      </p>
      <p className="soft">{audit.looked(when)}</p>
      {violations.length > 0 && (
        <DataTable name={audit.title} head={[audit.rule, audit.guilty, audit.value]}>
          {violations.map(({ rule, says, id, value }, index) => (
            <tr key={index}>
              <td>
                <code title={says}>{rule}</code>
              </td>
              <td>
                <code>{id}</code>
              </td>
              <td>
                <code>{value}</code>
              </td>
            </tr>
          ))}
        </DataTable>
      )}
      {hidden > 0 && <p className="soft">{audit.notShown(hidden)}</p>}
    </>
  )
}
