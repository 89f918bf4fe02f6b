/** Where somebody is: `region/zone/subzone`. Source: Istio's locality load balancing (`util.LocalityMatch`, `util.LbPriority`). */
export interface Locality {
  readonly region: string
  readonly zone: string
  readonly subzone: string
}

export function parseLocality(text: string): Locality {
  const [region = '', zone = '', subzone = ''] = text.split('/', 3)
  return { region, zone, subzone }
}

/** @param rule `us-west/zone1/*`: a part that is `*` or, but for the region, not given fits everything */
export function localityMatches(locality: Locality, rule: string): boolean {
  const { region, zone, subzone } = parseLocality(rule)
  return (
    (region === '*' || region === locality.region) &&
    (zone === '*' || zone === '' || zone === locality.zone) &&
    (subzone === '*' || subzone === '' || subzone === locality.subzone)
  )
}

/** 0 in the same subzone, 1 in the same zone, 2 in the same region, 3 elsewhere. */
export function localityDistance(a: Locality, b: Locality): 0 | 1 | 2 | 3 {
  if (a.region !== b.region) return 3
  if (a.zone !== b.zone) return 2
  return a.subzone === b.subzone ? 0 : 1
}
